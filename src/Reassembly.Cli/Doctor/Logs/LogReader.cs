using Reassembly.Cli.Doctor.Judging;

namespace Reassembly.Cli.Doctor.Logs;

/// <summary>Explains error lines, one after the other. What a stack trace tells in several lines is told once.</summary>
internal static class LogReader
{
    private const int MaxLineChars = 8_192;

    public static async Task<IReadOnlyList<LogFinding>> ReadAsync(TextReader log, CancellationToken cancellationToken)
    {
        var findings = new List<LogFinding>();
        for (var number = 1; await log.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            if (Explain(line, number) is not { } finding)
            {
                continue;
            }

            if (findings.Count > 0 && IsSame(findings[^1], finding))
            {
                findings[^1] = Merge(findings[^1], finding);
            }
            else
            {
                findings.Add(finding);
            }
        }

        return findings;
    }

    /// <returns><see langword="null"/> for a line that is not known.</returns>
    public static LogFinding? Explain(string line, int number)
    {
        var text = (line.Length > MaxLineChars ? line[..MaxLineChars] : line).Trim();
        foreach (var form in LogForms.All)
        {
            if (form.Pattern.Match(text) is not { Success: true } match)
            {
                continue;
            }

            var (library, max, actual) = OfReason(match.Groups["reason"].Value.Trim());
            return new LogFinding(
                number,
                text,
                form.Writer is { } writer ? Libraries.Get(writer) : null,
                form.Refuser is { } refuser ? Libraries.Get(refuser) : library,
                form.Side,
                form.IsAboutSize,
                Judge.Number(match.Groups["max"].Value) ?? max,
                Judge.Number(match.Groups["actual"].Value) ?? actual,
                form.Meaning);
        }

        return null;
    }

    // The reason of a close frame is in the words of whoever closed.
    private static (Library? Library, long? Max, long? Actual) OfReason(string reason)
    {
        if (reason.Length == 0)
        {
            return (null, null, null);
        }

        foreach (var clue in Clues.All.Where(clue => clue.IsOwnWords))
        {
            if (clue.Pattern.Match($"1009 {reason}") is { Success: true } match)
            {
                return (Libraries.Get(clue.Library), Judge.Number(match.Groups["max"].Value), Judge.Number(match.Groups["actual"].Value));
            }
        }

        return (null, null, null);
    }

    // A trace names its error and its code, or its cause and what came of it, within a few lines.
    private static bool IsSame(LogFinding earlier, LogFinding later)
        => later.Line - earlier.Line <= 40 && earlier.Writer == later.Writer && earlier.Refuser == later.Refuser && earlier.Side == later.Side
            && (earlier.Max is null || later.Max is null || earlier.Text == later.Text);

    private static LogFinding Merge(LogFinding earlier, LogFinding later)
        => earlier.Max is null && later.Max is not null ? later with { Line = earlier.Line } : earlier;
}
