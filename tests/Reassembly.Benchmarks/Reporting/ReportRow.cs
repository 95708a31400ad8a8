namespace Reassembly.Benchmarks.Reporting;

/// <summary>One thing that was measured, in all its runs.</summary>
/// <param name="What">What, in a few words; the same words in every run of the scenario.</param>
/// <param name="Unit">Its unit; <c>ratio</c> where it has none.</param>
/// <param name="Median">The middle of the runs.</param>
/// <param name="Least">The least of them.</param>
/// <param name="Most">The most of them.</param>
/// <param name="Runs">Each run, in order.</param>
/// <param name="Bar">What it must reach; null for a figure to read.</param>
/// <param name="Reached">Whether it does.</param>
internal sealed record ReportRow(string What, string Unit, double Median, double Least, double Most, IReadOnlyList<double> Runs, ReportBar? Bar, bool? Reached);

/// <summary>What a median is held against.</summary>
/// <param name="Value">The bar.</param>
/// <param name="AtLeast">Whether the median must not be below it; otherwise not above.</param>
internal sealed record ReportBar(double Value, bool AtLeast)
{
    public bool IsReachedBy(double median) => AtLeast ? median >= Value : median <= Value;

    public override string ToString() => $"{(AtLeast ? ">=" : "<=")} {Figures.Number(Value)}";
}
