using Reassembly.Cli.Doctor.Logs;

namespace Reassembly.Cli.Doctor.Printing;

/// <summary>From lines that are known to what people read.</summary>
internal static class LogText
{
    public static string Write(IReadOnlyList<LogFinding> findings)
    {
        var report = new Lines();
        foreach (var finding in findings)
        {
            report.Paragraph($"line {finding.Line}: {finding.Text}");
            if (finding.Writer is { } writer)
            {
                report.Row("Written by", writer.Name);
            }

            report.Row("Means", finding.Meaning);
            if (finding.IsAboutSize)
            {
                report.Row("Whose limit", Whose(finding));
            }

            if (finding.Max is { } max)
            {
                report.Row("Limit", $"{ReportText.Number(max)} bytes{(finding.Actual is { } actual ? $"; {ReportText.Number(actual)} came" : string.Empty)}");
            }

            if (finding.Refuser is { } refuser)
            {
                ReportText.Advice(refuser, report);
            }

            report.Gap();
        }

        return report.ToString();
    }

    private static string Whose(LogFinding finding) => (finding.Refuser, finding.Side) switch
    {
        ({ } refuser, LogSide.Writer) => $"{refuser.Name}, in the program that wrote the line",
        ({ } refuser, LogSide.Peer) => $"{refuser.Name}, on the other side of the program that wrote the line",
        ({ } refuser, _) => $"{refuser.Name}, on either side: the line is the same in the log of who refused and in the close reason that the other gets",
        (null, LogSide.Peer) => "the other side's, or a hop's on the way: the line does not say whose. Ask: reassembly doctor URL, once past the proxy and once through it",
        _ => "it cannot be told from the line. Ask: reassembly doctor URL, once past the proxy and once through it",
    };
}
