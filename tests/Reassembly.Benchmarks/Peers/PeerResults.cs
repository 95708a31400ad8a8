using System.Globalization;
using System.Text;
using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Reporting;

namespace Reassembly.Benchmarks.Peers;

/// <summary>What one contender did in all runs.</summary>
/// <param name="Plan">Who it is.</param>
/// <param name="Kept">Where the payload was when it answered.</param>
internal sealed record PeerResults(ContenderPlan Plan, Kept Kept)
{
    /// <summary>In the order of the runs, so that those of two contenders belong together.</summary>
    public List<Run> Runs { get; } = [];

    public IReadOnlyList<double> Rates => Of(static run => run.Rate);

    public IReadOnlyList<double> ServerCpu => Of(static run => run.ServerCpu);

    public IReadOnlyList<double> ClientCpu => Of(static run => run.ClientCpu);

    public IReadOnlyList<double> Peaks => Of(static run => run.PeakMiB);

    /// <summary>All contenders side by side, medians.</summary>
    public static string Table(IEnumerable<PeerResults> results)
    {
        var table = new StringBuilder("| medians | MiB/s | server CPU s/GiB | client CPU s/GiB | server peak MiB | the payload when it answers |\n| --- | ---: | ---: | ---: | ---: | --- |");
        foreach (var result in results)
        {
            table.Append(
                CultureInfo.InvariantCulture,
                $"\n| {result.Plan.Name} | {Median(result.Rates)} | {Median(result.ServerCpu)} | {Median(result.ClientCpu)} | {Median(result.Peaks)} | {result.Kept} |");
        }

        return table.ToString();
    }

    private static string Median(IReadOnlyList<double> values) => Figures.Number(Figures.Median(values));

    private double[] Of(Func<Run, double> figure) => [.. Runs.Select(figure)];
}
