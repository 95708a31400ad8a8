using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>What else a person should know about one address.</summary>
internal static class Remarks
{
    public static IEnumerable<string> Of(Observation seen, IReadOnlyList<Finding> findings)
    {
        if (!seen.IsUpgraded)
        {
            if (seen.Upgrade is { } refused)
            {
                yield return OfRefusal(refused.Head.Status);
            }

            yield break;
        }

        if (seen.Subprotocol is { } asked && seen.Upgrade!.Head["Sec-WebSocket-Protocol"] is null)
        {
            yield return $"The subprotocol '{asked}' was not echoed: ws and browsers end such a connection at once.";
        }

        if (seen.Baseline is { Passed: false } baseline)
        {
            yield return baseline.Ending is { } ending
                ? $"A message of {baseline.Size} bytes is answered with {Words.Of(ending)}: what it expects is a protocol of its own, so that sizes cannot be tried. This is not about size."
                : $"A message of {baseline.Size} bytes is refused: sizes cannot be tried.";
            yield break;
        }

        if (seen.Baseline?.Proof == Proof.Quiet)
        {
            yield return "The peer answers no pings: what it did not refuse within 2 s counts as passed.";
        }

        if (findings.Any(finding => finding.Measure.By.Ending is { HasFrame: false }))
        {
            yield return "A refusal came as the end of the connection and not as a close frame: libraries show 1006 for it, and no reason.";
        }
        else if (findings.Any(finding => finding.Measure.By.Ending is { HasFrame: true, Reset: true }))
        {
            yield return "The connection is torn down right behind the close frame: a client that is still sending may see 1006 (a reset) in place of the code.";
        }

        if (seen.Late is { } late)
        {
            yield return $"A message of {seen.LargestFrame} bytes was taken, and then the connection ended with {Words.Of(late)}: somebody on the way answers pings for a server that has yet to read. The real limit may be lower.";
        }

        if (findings.Count == 0 && seen.Baseline is not null && !seen.Spending.CutShort)
        {
            yield return $"Nothing was refused up to {seen.LargestMessage} bytes; --max tries more.";
        }

        if (findings.Count(finding => finding.Measure.Direction == Direction.Up) == 1 && findings[0].Measure is { Scope: Scope.Frame })
        {
            yield return "Only frames are limited: a library that cuts its messages into several frames passes (few let one choose; browsers do not).";
        }
    }

    private static string OfRefusal(int status) => status switch
    {
        400 => "The upgrade is answered with 400: an unknown subprotocol, or a proxy that drops the Upgrade and Connection headers (nginx: proxy_http_version 1.1 and proxy_set_header for both).",
        401 or 403 => $"The upgrade is answered with {status}: --header 'Authorization: …' or 'Origin: …' may be what is missing.",
        404 => "The upgrade is answered with 404: the path is another one, or a proxy does not hand it on.",
        426 => "The upgrade is answered with 426: a proxy on the way dropped the Upgrade header.",
        429 or 503 => $"The upgrade is answered with {status}: too many connections; try again later.",
        >= 502 and <= 504 => $"The upgrade is answered with {status}: a proxy answers, and the server behind it does not.",
        >= 300 and < 400 => $"The upgrade is answered with {status}: give the address that it leads to.",
        _ => $"The upgrade is answered with {status}.",
    };
}
