namespace Reassembly.Benchmarks.Reporting;

/// <summary>What one scenario found. Each row is printed as it is added, so that a long run can be followed.</summary>
internal sealed class Report(string scenario)
{
    private readonly List<ReportRow> _rows = [];
    private readonly List<string> _notes = [];
    private readonly SortedDictionary<string, string> _versions = new(StringComparer.Ordinal);

    public string Scenario => scenario;

    public IReadOnlyList<ReportRow> Rows => _rows;

    /// <summary>What the rows do not say: what was left out and why, how to read a figure.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Programs that took part, beside .NET and the server.</summary>
    public IReadOnlyDictionary<string, string> Versions => _versions;

    /// <summary>Whether it ended before all of it was measured.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether it ran to its end and every bar was reached.</summary>
    public bool IsReached => !HasFailed && _rows.TrueForAll(static row => row.Reached != false);

    /// <summary>A figure to read.</summary>
    public void Add(string what, string unit, params IReadOnlyList<double> runs) => Add(what, unit, runs, null);

    /// <summary>A figure whose median must not be below a bar.</summary>
    public void AtLeast(string what, string unit, double bar, params IReadOnlyList<double> runs) => Add(what, unit, runs, new ReportBar(bar, AtLeast: true));

    /// <summary>A figure whose median must not be above a bar.</summary>
    public void AtMost(string what, string unit, double bar, params IReadOnlyList<double> runs) => Add(what, unit, runs, new ReportBar(bar, AtLeast: false));

    /// <summary>Many times of the same thing: three rows, the second of which may have a bar.</summary>
    public void Times(string what, string unit, IReadOnlyList<double> times, double? p99AtMost = null)
    {
        Add($"{what}, p50", unit, Figures.Quantile(times, 0.50));
        Add($"{what}, p99", unit, [Figures.Quantile(times, 0.99)], p99AtMost is { } bar ? new ReportBar(bar, AtLeast: false) : null);
        Add($"{what}, worst", unit, times.Max());
    }

    /// <summary>How long all of it took, in seconds.</summary>
    public double Seconds { get; set; }

    public void Note(string note)
    {
        _notes.Add(note);
        Console.WriteLine(note);
    }

    public void Version(string program, string version) => _versions[program] = version;

    public void Fail(Exception exception)
    {
        HasFailed = true;
        Note($"FAILED: {exception.Message}");
        Console.Error.WriteLine(exception);
    }

    private void Add(string what, string unit, IReadOnlyList<double> runs, ReportBar? bar)
    {
        var median = Figures.Median(runs);
        var row = new ReportRow(what, unit, median, runs.Min(), runs.Max(), runs, bar, bar?.IsReachedBy(median));
        _rows.Add(row);
        var verdict = row.Reached switch { true => "reached: ", false => "MISSED: ", null => "" };
        Console.WriteLine($"{verdict}{what}, {unit}: {Figures.Spread(runs)}{(bar is null ? "" : $", bar {bar}")}");
    }
}
