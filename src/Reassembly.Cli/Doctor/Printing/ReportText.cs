using System.Globalization;
using Reassembly.Cli.Doctor.Judging;
using Reassembly.Cli.Doctor.Probing;
using Reassembly.Cli.Doctor.Wire;
using Reassembly.Cli.Output;

namespace Reassembly.Cli.Doctor.Printing;

/// <summary>From a diagnosis to what people read.</summary>
internal static class ReportText
{
    public static string Write(IReadOnlyList<Diagnosis> diagnoses)
    {
        var report = new Lines();
        foreach (var diagnosis in diagnoses)
        {
            Write(diagnosis, report);
            report.Gap();
        }

        foreach (var conclusion in HopJudge.Conclude(diagnoses))
        {
            report.Paragraph(conclusion.Text);
        }

        return report.ToString();
    }

    public static bool IsDeflated(HttpHead head)
        => head["Sec-WebSocket-Extensions"]?.Contains("permessage-deflate", StringComparison.OrdinalIgnoreCase) == true;

    private static void Write(Diagnosis diagnosis, Lines report)
    {
        var seen = diagnosis.Seen;
        report.Paragraph(seen.Url.ToString());
        if (seen.Unreachable is { } unreachable)
        {
            report.Row("Error", unreachable);
        }

        Identities(diagnosis, report);
        Upgrade(seen, report);
        Passes(seen, report);
        foreach (var finding in diagnosis.Findings)
        {
            Limit(finding, report);
        }

        foreach (var library in diagnosis.ToSet)
        {
            Advice(library, report);
        }

        if (seen.Limits is { } limits)
        {
            var rows = limits.Limits.Select(limit => new[]
            {
                limit.Key, Number(limit.Value), limits.Settings.GetValueOrDefault(limit.Key)?.Setting ?? "-", limits.Settings.GetValueOrDefault(limit.Key)?.Source ?? "-",
            });
            report.Row("Its limits", TextTable.Format(["LIMIT", "VALUE", "SETTING", "SET BY"], rows).Split('\n'));
        }

        foreach (var remark in diagnosis.Remarks)
        {
            report.Row("Note", remark);
        }

        Spent(seen.Spending, report);
    }

    private static void Identities(Diagnosis diagnosis, Lines report)
    {
        if (diagnosis.LooksLike.Count == 0 && diagnosis.Seen.Upgrade is not null)
        {
            report.Row("Looks like", "nobody that is known here");
        }

        foreach (var identity in diagnosis.LooksLike)
        {
            var version = identity.Version is { } number ? $" {number}" : string.Empty;
            var role = identity.Library.Role == Role.Server ? string.Empty : identity.Library.Role == Role.Proxy ? ", a proxy" : ", a service";
            report.Row("Looks like", [$"{identity.Library.Name}{version}{role} ({Words.Of(identity.Certainty)})", .. identity.Because.Select(because => $"because of {because}")]);
        }
    }

    private static void Upgrade(Observation seen, Lines report)
    {
        if (seen.Upgrade is not { } upgrade)
        {
            return;
        }

        var parts = new List<string> { upgrade.Head.StatusLine.Trim() };
        foreach (var name in new[] { "Server", "Via" })
        {
            if (upgrade.Head[name] is { } value)
            {
                parts.Add($"{name}: {value}");
            }
        }

        if (seen.IsUpgraded)
        {
            parts.Add(seen.Subprotocol is null ? "no subprotocol asked for" : upgrade.Head["Sec-WebSocket-Protocol"] is { } echoed ? $"subprotocol '{echoed}'" : "subprotocol not echoed");
            parts.Add(IsDeflated(upgrade.Head) ? "permessage-deflate negotiated" : "no permessage-deflate");
        }
        else if (upgrade.Body.Trim() is { Length: > 0 } body)
        {
            parts.Add($"'{(body.Length > 200 ? body[..200] : body).ReplaceLineEndings(" ")}'");
        }

        report.Row("Upgrade", string.Join("; ", parts));
    }

    private static void Passes(Observation seen, Lines report)
    {
        if (seen.Baseline is not { Passed: true } baseline)
        {
            return;
        }

        var proof = baseline.Proof switch
        {
            Proof.Pong => "the ping behind it was answered",
            Proof.Echo => "it came back",
            _ => "nothing was refused",
        };
        var kind = seen.Kind switch { PayloadKind.Binary => "binary", PayloadKind.Text => "text", _ => "calls in SignalR's protocol" };
        report.Row("Passes", $"a frame of {Number(seen.LargestFrame)} bytes, a message of {Number(seen.LargestMessage)} bytes ({kind}; {proof})");
        if (seen.LargestEcho is { } echo)
        {
            report.Row("Comes back", $"a message of {Number(echo)} bytes, in frames of {Number(seen.LargestEchoFrame ?? 0)} bytes at most");
        }
    }

    private static void Limit(Finding finding, Lines report)
    {
        var measure = finding.Measure;
        var what = $"{(measure.Scope == Scope.Frame ? "one frame" : "one message")}{(measure.Direction == Direction.Down ? " on its way back" : string.Empty)}";
        var ending = measure.By switch
        {
            { Ending: { } seen } => Words.Of(seen),
            { Refusal: { } refusal } => $"the answer {refusal.Code}, and the connection lives on",
            _ => "no answer",
        };
        var who = finding.By?.Name ?? (finding.IsAnotherHop ? "another hop" : "nobody can tell whom");
        report.Row(
            "Limit",
            [
                $"{what}: {Number(measure.Passed)} bytes pass, {Number(measure.Refused)} {(measure.IsExact ? "do" : "may be the first that do")} not: {ending}",
                $"said by {who} ({Words.Of(finding.Certainty)}): {finding.Why}{(finding.Stated is { } stated ? $"; it names {Number(stated)} bytes" : string.Empty)}",
            ]);
    }

    public static void Advice(Library library, Lines report)
    {
        var head = library switch
        {
            { IsFixed: true } => $"{library.Name}: cannot be raised",
            { Setting: { } setting } => $"{setting} ({(library.Default is { } value ? $"{Number(value)} bytes unless set" : "no limit unless set")}):",
            _ => $"{library.Name} has no limit to set",
        };
        string[] remark = library.Remark is { } more ? [more] : [];
        report.Row("Set", [head, .. library.Syntax.Select(line => $"  {line}"), .. remark]);
    }

    private static void Spent(Spending spent, Lines report)
    {
        var cut = spent.CutShort ? "; stopped there, as more would have cost too much (see --max and --timeout)" : string.Empty;
        report.Row("Spent", string.Create(
            CultureInfo.InvariantCulture,
            $"{spent.Trials} trials, {spent.Connections} connections, {spent.SentBytes:#,0} bytes sent, {spent.ReceivedBytes:#,0} received, {spent.Time.TotalSeconds:0.0} s{cut}"));
    }

    public static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
