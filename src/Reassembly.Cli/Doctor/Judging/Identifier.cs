using Reassembly.Cli.Doctor.Probing;
using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>Tells by the signs in what was seen who stands on the way.</summary>
internal static class Identifier
{
    /// <summary>The one that ends the WebSocket first, where it is known, then those in between.</summary>
    public static IReadOnlyList<Identity> Identify(Observation seen)
    {
        var signs = SignsOf(seen).ToList();
        var all = Clues.All
            .SelectMany(clue => signs.Where(sign => sign.Kind == clue.Kind).Select(sign => (Clue: clue, Sign: sign, Match: clue.Pattern.Match(sign.Text))))
            .Where(found => found.Match.Success)
            .GroupBy(found => found.Clue.Library)
            .Select(group => new Identity(
                Libraries.Get(group.Key),
                group.Select(found => found.Match.Groups["version"]).FirstOrDefault(version => version.Success && version.Length > 0)?.Value,
                Score(group.Select(found => found.Clue)),
                Score(group.Select(found => found.Clue).Where(clue => clue.Kind != ClueKind.TooBig)),
                group.Any(found => found.Clue.IsOwnWords),
                [.. group.DistinctBy(found => found.Clue).Select(found => Say(found.Sign)).Distinct()]))
            .OrderByDescending(identity => identity.Score)
            .ToList();
        var leading = Leading([.. all.Where(identity => identity.Library.Role == Role.Server)]);
        var speaking = all.Where(identity => identity.Library.Role == Role.Server && identity.OwnWords && !leading.Contains(identity));
        return [.. leading, .. speaking, .. all.Where(identity => identity.Library.Role != Role.Server)];
    }

    // Whose words a refusal has may be a gateway in front: who answers to everything else is who ends the WebSocket. What a framework adds
    // is more than the framework: SignalR and Reassembly on Kestrel are themselves.
    private static List<Identity> Leading(List<Identity> servers)
    {
        var best = servers.Where(identity => identity.Library.Id != "kestrel").OrderByDescending(identity => identity.OtherScore).FirstOrDefault(identity => identity.OtherScore >= 0.6)
            ?? servers.FirstOrDefault();
        if (best is null)
        {
            return [];
        }

        return best.Certainty == Certainty.Perhaps ? [.. servers.Where(identity => best.Score - identity.Score < 0.2)] : [best];
    }

    private static IEnumerable<Sign> SignsOf(Observation seen)
    {
        yield return new Sign(ClueKind.Host, seen.Url.IdnHost);
        if (seen.Upgrade is { } upgrade)
        {
            yield return new Sign(ClueKind.StatusLine, upgrade.Head.StatusLine);
            if (seen.IsUpgraded)
            {
                yield return new Sign(ClueKind.FieldNames, string.Join(',', upgrade.Head.Fields.Select(field => field.Key)));
            }
        }

        foreach (var answer in new[] { seen.Upgrade, seen.Plain }.OfType<HttpAnswer>())
        {
            foreach (var (name, value) in answer.Head.Fields)
            {
                yield return new Sign(ClueKind.Field, $"{name}: {value}");
            }
        }

        if (seen.Plain is { } plain)
        {
            yield return new Sign(ClueKind.Plain, $"{plain.Head.Status} {plain.Body.Trim()}");
        }

        if (seen.Fingerprint is { HasFrame: true } fingerprint)
        {
            yield return new Sign(ClueKind.Fingerprint, $"{fingerprint.Code} {fingerprint.Reason}");
        }

        foreach (var measure in seen.Measures)
        {
            if (measure.By.Ending is { HasFrame: true } ending)
            {
                yield return new Sign(ClueKind.TooBig, $"{ending.Code} {ending.Reason}");
            }
        }

        foreach (var name in seen.Limits?.Limits.Keys ?? [])
        {
            yield return new Sign(ClueKind.Limit, name);
        }

        foreach (var text in seen.Overheard)
        {
            yield return new Sign(ClueKind.Overheard, text);
        }
    }

    private static double Score(IEnumerable<Clue> clues) => 1 - clues.Distinct().Aggregate(1.0, (doubt, clue) => doubt * (1 - clue.Weight));

    private static string Say(Sign sign) => sign.Kind switch
    {
        ClueKind.Host => $"the address {sign.Text}",
        ClueKind.StatusLine => $"the answer '{sign.Text}' to the upgrade",
        ClueKind.Field => $"the header '{sign.Text}'",
        ClueKind.FieldNames => "the headers of the upgrade and their order",
        ClueKind.Plain => $"what a plain GET is answered with: {Shorten(sign.Text)}",
        ClueKind.Fingerprint => $"a frame of a reserved type closed with {Shorten(sign.Text)}",
        ClueKind.TooBig => $"too big a message closed with {Shorten(sign.Text)}",
        ClueKind.Limit => "what GET /limits is answered with",
        _ => $"a message that it sent: {Shorten(sign.Text)}",
    };

    private static string Shorten(string text)
    {
        var line = text.Trim().ReplaceLineEndings(" ").Replace("\u001e", string.Empty, StringComparison.Ordinal);
        return line.Length <= 100 ? line : $"{line[..97]}...";
    }

    private sealed record Sign(ClueKind Kind, string Text);
}
