using Reassembly.Benchmarks.Reporting;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>Runs scenarios by name; what each found is printed and written to <see cref="ReportFiles.Folder"/>.</summary>
internal static class ScenarioRunner
{
    private static readonly Dictionary<string, Func<Report, Task>> Scenarios = new()
    {
        ["one-message"] = OneMessageScenario.RunAsync,
        ["throughput"] = ThroughputScenario.RunAsync,
        ["memory"] = MemoryScenario.RunAsync,
        ["idle"] = IdleMessagesScenario.RunAsync,
        ["small"] = SmallMessagesScenario.RunAsync,
        ["interleaved"] = InterleavedScenario.RunAsync,
        ["chunks"] = ChunkSizesScenario.RunAsync,
        ["growth"] = GrowthScenario.RunAsync,
        ["peers"] = PeersScenario.RunAsync,
        ["failover"] = FailoverScenario.RunAsync,
        ["cluster"] = ClusterScenario.RunAsync,
        ["stores"] = StoresScenario.RunAsync,
        ["delivery"] = DeliveryScenario.RunAsync,
        ["subscribers"] = SubscribersScenario.RunAsync,
        ["open"] = OpenMessagesScenario.RunAsync,
    };

    public static IEnumerable<string> Names => Scenarios.Keys;

    /// <returns>0 when every bar was reached, 1 otherwise.</returns>
    public static async Task<int> RunAsync(string name)
    {
        if (name != "all" && !Scenarios.ContainsKey(name))
        {
            await Console.Error.WriteLineAsync($"no scenario is called {name}; there are {string.Join(", ", Names)} and all");
            return 2;
        }

        var start = Start.OfProgram(ReportFiles.ProjectFolder);
        var reached = true;
        foreach (var (scenario, run) in Scenarios.Where(entry => name == "all" || entry.Key == name))
        {
            reached &= await RunAsync(scenario, run, start.OfRun());
        }

        return reached ? 0 : 1;
    }

    /// <summary>One that fails keeps none of the others from being measured.</summary>
    private static async Task<bool> RunAsync(string scenario, Func<Report, Task> run, Start start)
    {
        Console.WriteLine($"== {scenario}");
        var report = new Report(scenario);
        try
        {
            report.Seconds = (await Figures.TimeAsync(() => run(report))).TotalSeconds;
        }
        catch (Exception exception)
        {
            report.Fail(exception);
        }

        await ReportFiles.WriteAsync(report, start);
        return report.IsReached;
    }
}
