using System.Globalization;
using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>From what was seen to what it means. Pure: the same observation always gives the same diagnosis.</summary>
internal static class Judge
{
    public static Diagnosis Diagnose(Observation seen)
    {
        var identities = Identifier.Identify(seen);
        var findings = seen.Measures.Select(measure => Attribute(measure, identities)).ToList();
        return new Diagnosis(seen, identities, findings, [.. Remarks.Of(seen, findings)]);
    }

    /// <summary>Who refuses? Its own words say so best; else the one that ends the WebSocket, unless it would have done so in another way.</summary>
    private static Finding Attribute(Measure measure, IReadOnlyList<Identity> identities)
    {
        if (measure.By.Refusal is { } refusal)
        {
            return new Finding(measure, Libraries.Get("reassembly"), false, Certainty.Sure, refusal.Max, $"it says so itself: {refusal.Code}");
        }

        var server = identities.FirstOrDefault(identity => identity.Library.Role == Role.Server);
        var between = identities.FirstOrDefault(identity => identity.Library.Role != Role.Server && Limits(identity.Library, measure.Scope));
        var ending = measure.By.Ending;
        if (ending is { HasFrame: true, Reason.Length: > 0 } && Words(ending) is var (clue, stated) && clue is not null)
        {
            var library = Libraries.Get(clue.Library);
            return new Finding(measure, library, server is not null && server.Library != library, Certainty.Sure, stated, "the reason of its close frame is its own");
        }

        if (measure.Direction == Direction.Down)
        {
            return new Finding(measure, between?.Library, true, Certainty.Perhaps, null, "it got there, and the answer of that size did not come back: a hop in between refuses it, or this application does not send it");
        }

        // A service ends the WebSocket itself: only a library that is recognized for sure is behind it.
        if (between is { Library.Role: Role.Service, Certainty: Certainty.Sure } && server?.Certainty != Certainty.Sure)
        {
            return new Finding(measure, between.Library, false, Certainty.Sure, null, "it is known for such a limit");
        }

        if (server is null)
        {
            return between is null
                ? new Finding(measure, null, false, Certainty.Perhaps, null, "nothing tells who it is")
                : new Finding(measure, between.Library, true, between.Certainty, null, "it has such a limit, and nothing tells who is behind it");
        }

        if (!Limits(server.Library, measure.Scope))
        {
            var what = measure.Scope == Scope.Frame ? "frames" : "messages";
            return new Finding(measure, between?.Library, true, server.Certainty, null, $"{server.Library.Name} has no limit for {what}, so that another hop before it does this, or the application");
        }

        return ByTheServer(measure, server, between);
    }

    private static Finding ByTheServer(Measure measure, Identity server, Identity? between)
    {
        var ending = measure.By.Ending;
        if (ending is null)
        {
            return new Finding(measure, between?.Library, true, Certainty.Perhaps, null, "it was neither answered nor refused: some hop swallows it");
        }

        if (!ending.HasFrame)
        {
            return new Finding(measure, server.Library, false, Certainty.Perhaps, null, "the connection ended without a close frame, so that nobody said who ended it");
        }

        if (ending.Code != server.Library.TooBigCode)
        {
            return new Finding(measure, server.Library, false, Certainty.Perhaps, null, $"it closed with {ending.ShownCode} and not with {server.Library.TooBigCode}: an application, or a proxy, that words it in its own way");
        }

        return server.Library.TooBigReason?.IsMatch(ending.Reason) == false
            ? new Finding(measure, between?.Library, true, server.Certainty, null, $"{server.Library.Name} words its refusals otherwise, so that another hop before it says this")
            : new Finding(measure, server.Library, false, server.Certainty, null, $"it closes with {ending.Code} as that library does");
    }

    private static (Clue? Clue, long? Stated) Words(Ending ending)
    {
        var said = $"{ending.Code} {ending.Reason}";
        foreach (var clue in Clues.All.Where(clue => clue.IsOwnWords))
        {
            if (clue.Pattern.Match(said) is { Success: true } match)
            {
                return (clue, Number(match.Groups["max"].Value));
            }
        }

        return (null, null);
    }

    /// <summary>A number as people write it, its thousands apart.</summary>
    public static long? Number(string text)
        => long.TryParse(string.Concat(text.Where(char.IsAsciiDigit)), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool Limits(Library library, Scope scope) => library.Counts.HasFlag(scope == Scope.Frame ? Counts.Frames : Counts.Messages);
}
