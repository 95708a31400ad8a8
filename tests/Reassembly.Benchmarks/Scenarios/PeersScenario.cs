using Reassembly.Benchmarks.Peers;
using Reassembly.Benchmarks.Reporting;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// One payload of 512 MiB through what people use instead, and through ours durable on disk: a server and a sender each, by turns. In the
/// warm-up each server's bytes are compared with the file, and it is counted how they are kept. Between two runs the payload is removed and
/// what the kernel has not written yet is written, so that none pays for another's.
/// </summary>
internal static class PeersScenario
{
    private const long Size = 512L << 20;
    private const int WarmUps = 1;
    private const int Runs = 7;
    private const double Bar = 1;

    public static async Task RunAsync(Report report)
    {
        var installation = await Installation.PrepareAsync();
        await installation.NameVersionsAsync(report);
        var plans = Contenders.All(installation);
        foreach (var plan in plans.Where(static plan => plan.Missing is not null))
        {
            report.Note($"{plan.Name}: not run, {plan.Missing}");
        }

        var folder = Directory.CreateTempSubdirectory("reassembly-peers-");
        try
        {
            using var payload = await Payload.CreateAsync(Path.Combine(folder.FullName, "payload"), Effort.Of(Size));
            await using var race = new Race(report, payload, folder);
            foreach (var plan in plans.Where(static plan => plan.Missing is null))
            {
                await race.EnterAsync(plan);
            }

            for (var round = 0; round < WarmUps + Effort.Runs(Runs); round++)
            {
                await race.RunAsync(round, isMeasured: round >= WarmUps);
            }

            Tell(report, race.Results);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Tell(Report report, IReadOnlyList<PeerResults> results)
    {
        Add("MiB/s", static result => result.Rates);
        Add("CPU s/GiB at the server", static result => result.ServerCpu);
        Add("CPU s/GiB at the client", static result => result.ClientCpu);
        Add("MiB resident at the server's peak", static result => result.Peaks);
        foreach (var ours in results.Where(static result => result.Plan.IsOurs))
        {
            foreach (var peer in results.Where(static result => !result.Plan.IsOurs))
            {
                var ratios = Figures.Ratios(ours.Rates, peer.Rates);
                if (ours.Plan.Sender == peer.Plan.Sender)
                {
                    report.AtLeast($"{ours.Plan.Name} / {peer.Plan.Name}", "ratio", Bar, ratios);
                }
                else
                {
                    report.Add($"{ours.Plan.Name} / {peer.Plan.Name}, whose sender is of another kind", "ratio", ratios);
                }
            }
        }

        report.Note(PeerResults.Table(results));

        void Add(string unit, Func<PeerResults, IReadOnlyList<double>> runs)
        {
            foreach (var result in results)
            {
                report.Add(result.Plan.Name, unit, runs(result));
            }
        }
    }
}
