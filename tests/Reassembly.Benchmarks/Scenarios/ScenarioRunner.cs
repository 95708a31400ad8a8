namespace Reassembly.Benchmarks.Scenarios;

/// <summary>Runs scenarios by name; each prints its table and says whether it reached its bar.</summary>
internal static class ScenarioRunner
{
    private static readonly Dictionary<string, Func<Task<bool>>> Scenarios = new()
    {
        ["throughput"] = ThroughputScenario.RunAsync,
        ["memory"] = MemoryScenario.RunAsync,
        ["idle"] = IdleMessagesScenario.RunAsync,
        ["growth"] = GrowthScenario.RunAsync,
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

        var reached = true;
        foreach (var (scenario, run) in Scenarios.Where(entry => name == "all" || entry.Key == name))
        {
            Console.WriteLine($"== {scenario}");
            reached &= await run();
        }

        return reached ? 0 : 1;
    }
}
