using System.Globalization;
using System.Text;

namespace Reassembly.Benchmarks.Reporting;

/// <summary>The rows of a report as a table to read, under the circumstances it was made in.</summary>
internal static class MarkdownTable
{
    public static string Of(Report report, Circumstances circumstances)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {report.Scenario}\n\n");
        if (Effort.IsTrial)
        {
            text.Append("A trial: the figures mean nothing.\n\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{circumstances.Date:yyyy-MM-dd HH:mm} UTC, commit {circumstances.Commit ?? "unknown"}{(circumstances.IsDirty ? " with changes" : "")}; ");
        text.Append(CultureInfo.InvariantCulture, $"{circumstances.Processor}, {circumstances.Cores} cores, {circumstances.MemoryMiB} MiB, {circumstances.Kernel}, load average before {circumstances.LoadAverage:0.00}; ");
        text.Append(CultureInfo.InvariantCulture, $"{string.Join(", ", circumstances.Versions.Select(static version => $"{version.Key} {version.Value}"))}; took {report.Seconds:0} s.\n\n");
        text.Append("| what | unit | median | least | most | runs | bar | |\n| --- | --- | ---: | ---: | ---: | ---: | --- | --- |\n");
        foreach (var row in report.Rows)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Cell(row.What)} | {Cell(row.Unit)} | {Figures.Number(row.Median)} | {Figures.Number(row.Least)} | {Figures.Number(row.Most)} | {row.Runs.Count} | {row.Bar} | {VerdictOf(row)} |\n");
        }

        foreach (var note in report.Notes)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{note}\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"\n![{report.Scenario}]({report.Scenario}.svg)\n").ToString();
    }

    private static string VerdictOf(ReportRow row) => row.Reached switch { true => "reached", false => "**missed**", null => "" };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
