using Reassembly.Cli.Doctor.Judging;
using Reassembly.Cli.Doctor.Limits;
using Reassembly.Cli.Doctor.Logs;
using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Doctor.Printing;

/// <summary>From a diagnosis to what programs read.</summary>
internal static class DoctorJsonWriter
{
    public static DoctorJson From(IReadOnlyList<Diagnosis> diagnoses) => new(
        [.. diagnoses.Select(From)],
        HopJudge.Lowest(diagnoses) is { } lowest
            ? new LowestJson(lowest.Url.ToString(), Name(lowest.Finding.Measure.Scope), lowest.Finding.Measure.Passed, lowest.Finding.By?.Id)
            : null,
        [.. HopJudge.Conclude(diagnoses).Select(conclusion => new ConclusionJson(conclusion.Kind, conclusion.Text))]);

    public static LogJson From(IReadOnlyList<LogFinding> findings) => new([.. findings.Select(finding => new LogLineJson(
        finding.Line,
        finding.Text,
        finding.Writer?.Id,
        finding.Refuser?.Id,
        Name(finding.Side),
        finding.IsAboutSize,
        finding.Max,
        finding.Actual,
        finding.Meaning,
        finding.Refuser is { } refuser ? From(refuser) : null))]);

    private static UrlJson From(Diagnosis diagnosis)
    {
        var seen = diagnosis.Seen;
        var tried = seen.Baseline is { Passed: true } baseline ? baseline : null;
        return new UrlJson(seen.Url.ToString(), seen.Upgrade is not null, seen.IsUpgraded)
        {
            Error = seen.Unreachable,
            Upgrade = UpgradeOf(seen),
            Echoes = tried?.Echoed,
            Proof = tried is null ? null : Name(tried.Proof),
            Sent = tried is null ? null : Name(seen.Kind),
            LargestFrame = tried is null ? null : seen.LargestFrame,
            LargestMessage = tried is null ? null : seen.LargestMessage,
            LargestEcho = seen.LargestEcho,
            LargestEchoFrame = seen.LargestEchoFrame,
            Late = From(seen.Late),
            LooksLike = [.. diagnosis.LooksLike.Select(identity => new LibraryJson(
                identity.Library.Id, identity.Library.Name, identity.Version, Name(identity.Library.Role), Words.Of(identity.Certainty), identity.Because))],
            Limits = [.. diagnosis.Findings.Select(From)],
            Set = [.. diagnosis.ToSet.Select(From)],
            Server = seen.Limits is { } limits ? From(limits) : null,
            Notes = diagnosis.Remarks,
            Spent = new SpentJson(
                seen.Spending.Trials, seen.Spending.Connections, seen.Spending.SentBytes, seen.Spending.ReceivedBytes, Math.Round(seen.Spending.Time.TotalSeconds, 3), seen.Spending.CutShort),
        };
    }

    private static UpgradeJson? UpgradeOf(Observation seen) => seen.Upgrade?.Head is { } head
        ? new UpgradeJson(head.Status, head["Server"], head["Via"], seen.Subprotocol, head["Sec-WebSocket-Protocol"], ReportText.IsDeflated(head))
        : null;

    private static LimitJson From(Finding finding) => new(
        Name(finding.Measure.Scope),
        finding.Measure.Direction == Direction.Up ? "up" : "down",
        finding.Measure.Passed,
        finding.Measure.Refused,
        finding.Measure.IsExact,
        finding.By?.Id,
        finding.IsAnotherHop,
        Words.Of(finding.Certainty),
        finding.Why,
        finding.Stated,
        From(finding.Measure.By.Ending));

    private static AdviceJson From(Library library) => new(library.Id, library.Setting, library.Default, library.Syntax, library.Remark, library.IsFixed);

    private static EndingJson? From(Ending? ending) => ending is null
        ? null
        : new EndingJson(ending.ShownCode, ending.Reason, ending.HasFrame, ending.Reset, Math.Round(ending.After.TotalMilliseconds, 3));

    private static List<ServerLimitJson> From(ServerLimits limits) => [.. limits.Limits.Select(limit => new ServerLimitJson(
        limit.Key, limit.Value, limits.Settings.GetValueOrDefault(limit.Key)?.Setting, limits.Settings.GetValueOrDefault(limit.Key)?.Source))];

    // Names in JSON are those of the values, in lower case.
#pragma warning disable CA1308
    private static string Name(Enum value) => value.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}
