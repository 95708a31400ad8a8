using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Testing.Cluster;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// One message over one connection in 64 KiB frames, small to large: against Kestrel that throws the frames away (the limit), and against Kestrel that does the least
/// that a durable server must (the honest limit: checksum, digest, append, flush each MiB); ours on disk, in memory and on
/// PostgreSQL. Servers and clients are processes of their own and take turns. What a run stored is gone before the next begins, so that it
/// neither shares the disk with a deletion nor pays for blocks that were never written before.
/// </summary>
internal static class OneMessageScenario
{
    private const int WarmUps = 1;
    private const int Runs = 5;
    private const long BarSize = 512L << 20;

    /// <summary>Small messages go several in a row: processor time is counted in steps of 10 ms.</summary>
    private const long LeastBytesInRun = 256L << 20;
    private const double BarOfHonestLimit = 0.75;
    private const double BarOfCpu = 1.4;

    /// <summary>Payload in rows takes many times as long as all the others together.</summary>
    private const long LargestInRows = 64L << 20;

    private const string Discard = "receive and discard";
    private const string Honest = "honest limit";
    private const string Disk = "ours, disk";
    private const string Rows = "ours, PostgreSQL, payload in rows";

    private static readonly long[] Sizes = [64L << 20, BarSize, 1L << 30];

    public static async Task RunAsync(Report report)
    {
        await using var contestants = new Contestants();
        contestants.Add(Discard, await Servers.StartDiscardAsync(), hasCredit: false);
        contestants.Add(Honest, await Servers.StartHonestLimitAsync(), hasCredit: false);
        contestants.Add(Disk, await Servers.StartReassemblyAsync("--Reassembly:Limits:RetentionSeconds=1"));
        contestants.Add("ours, memory", await Servers.StartReassemblyAsync("--Reassembly:Storage=memory", "--Reassembly:Limits:RetentionSeconds=1"));
        if (NodePrograms.Missing(NodeKind.Server) is { } missing)
        {
            report.Note($"PostgreSQL: not run, {missing}");
        }
        else
        {
            report.Note("The processor time of ours on PostgreSQL is that of the node; the database's own comes on top of it.");
            await contestants.AddClusterAsync("ours, PostgreSQL, payload in files", "directory");
            await contestants.AddClusterAsync(Rows, "database");
        }

        foreach (var size in Sizes)
        {
            await CompareAsync(report, [.. contestants.All.Where(contestant => contestant.Name != Rows || size <= LargestInRows)], size);
        }
    }

    private static async Task CompareAsync(Report report, IReadOnlyList<Contestant> contestants, long size)
    {
        var sent = Effort.Of(size);
        var count = (int)Math.Max(1, LeastBytesInRun / size);
        var runs = await Rounds.RunAsync(WarmUps, Runs, [.. contestants.Select(contestant => (Func<Task<Run>>)(() => contestant.RunAsync(sent, count)))]);
        var of = $"{size >> 20} MiB";
        for (var index = 0; index < contestants.Count; index++)
        {
            report.Add($"{of}: {contestants[index].Name}", "MiB/s", [.. runs[index].Select(static run => run.Rate)]);
        }

        for (var index = 0; index < contestants.Count; index++)
        {
            report.Add($"{of}: {contestants[index].Name}", "CPU s/GiB at the server", [.. runs[index].Select(static run => run.ServerCpu)]);
        }

        for (var index = 0; index < contestants.Count; index++)
        {
            report.Add($"{of}: {contestants[index].Name}", "CPU s/GiB at the client", [.. runs[index].Select(static run => run.ClientCpu)]);
        }

        for (var index = 0; index < contestants.Count; index++)
        {
            report.Add($"{of}: {contestants[index].Name}", "MiB resident at the server's peak", [.. runs[index].Select(static run => run.PeakMiB)]);
        }

        Run[] RunsOf(string name) => [.. runs[contestants.Index().First(contestant => contestant.Item.Name == name).Index]];
        var (disk, honest) = (RunsOf(Disk), RunsOf(Honest));
        var rates = Figures.Ratios(disk.Select(static run => run.Rate), honest.Select(static run => run.Rate));
        var cpu = Figures.Ratios(disk.Select(static run => run.ServerCpu), honest.Select(static run => run.ServerCpu));
        if (size == BarSize)
        {
            report.AtLeast($"{of}: rate of {Disk} / {Honest}", "ratio", BarOfHonestLimit, rates);
            report.AtMost($"{of}: server CPU of {Disk} / {Honest}", "ratio", BarOfCpu, cpu);
        }
        else
        {
            report.Add($"{of}: rate of {Disk} / {Honest}", "ratio", rates);
            report.Add($"{of}: server CPU of {Disk} / {Honest}", "ratio", cpu);
        }
    }
}
