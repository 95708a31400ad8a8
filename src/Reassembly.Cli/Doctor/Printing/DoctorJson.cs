namespace Reassembly.Cli.Doctor.Printing;

/// <summary>What <c>doctor URL… --json</c> prints. Names stay; new ones may come.</summary>
internal sealed record DoctorJson(IReadOnlyList<UrlJson> Urls, LowestJson? Lowest, IReadOnlyList<ConclusionJson> Conclusions);

internal sealed record UrlJson(string Url, bool Reached, bool Upgraded)
{
    public string? Error { get; init; }

    public UpgradeJson? Upgrade { get; init; }

    /// <summary>Whether it sends back what it gets.</summary>
    public bool? Echoes { get; init; }

    /// <summary><c>pong</c>, <c>echo</c> or <c>quiet</c>: how it is known that a message passed.</summary>
    public string? Proof { get; init; }

    /// <summary><c>binary</c>, <c>text</c> or <c>hubping</c> (SignalR).</summary>
    public string? Sent { get; init; }

    public int? LargestFrame { get; init; }

    public int? LargestMessage { get; init; }

    public int? LargestEcho { get; init; }

    public long? LargestEchoFrame { get; init; }

    public EndingJson? Late { get; init; }

    public required IReadOnlyList<LibraryJson> LooksLike { get; init; }

    public required IReadOnlyList<LimitJson> Limits { get; init; }

    public required IReadOnlyList<AdviceJson> Set { get; init; }

    /// <summary>The limits of a Reassembly server, and where each comes from.</summary>
    public IReadOnlyList<ServerLimitJson>? Server { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    public required SpentJson Spent { get; init; }
}

internal sealed record UpgradeJson(int Status, string? Server, string? Via, string? SubprotocolAsked, string? Subprotocol, bool Deflate);

/// <param name="Code">As a client's library shows it: 1006 where no close frame came.</param>
internal sealed record EndingJson(int Code, string Reason, bool CloseFrame, bool Reset, double Milliseconds);

/// <param name="Role"><c>server</c>, <c>proxy</c> or <c>service</c>.</param>
/// <param name="Certainty"><c>sure</c>, <c>likely</c> or <c>perhaps</c>.</param>
internal sealed record LibraryJson(string Id, string Name, string? Version, string Role, string Certainty, IReadOnlyList<string> Because);

/// <param name="Scope"><c>message</c> or <c>frame</c>.</param>
/// <param name="Direction"><c>up</c>: to the server; <c>down</c>: back.</param>
/// <param name="Bytes">The largest that passed.</param>
/// <param name="Refused">The smallest that did not.</param>
/// <param name="SaidBy">Id of the library whose limit it is, where that can be told.</param>
/// <param name="AnotherHop">Whether it is another hop than the one that ends the WebSocket.</param>
/// <param name="Stated">The limit that the refusal names.</param>
internal sealed record LimitJson(
    string Scope, string Direction, int Bytes, int Refused, bool Exact, string? SaidBy, bool AnotherHop, string Certainty, string Why, long? Stated, EndingJson? Ending);

internal sealed record AdviceJson(string Library, string? Setting, long? Default, IReadOnlyList<string> Syntax, string? Remark, bool Fixed);

internal sealed record ServerLimitJson(string Name, long Value, string? Setting, string? Source);

internal sealed record SpentJson(int Trials, int Connections, long SentBytes, long ReceivedBytes, double Seconds, bool CutShort);

internal sealed record LowestJson(string Url, string Scope, int Bytes, string? SaidBy);

internal sealed record ConclusionJson(string Kind, string Text);

/// <summary>What <c>doctor --from-log --json</c> prints.</summary>
internal sealed record LogJson(IReadOnlyList<LogLineJson> Lines);

/// <param name="Side"><c>writer</c>: the program that wrote the line; <c>peer</c>: whoever it talks to; <c>either</c>.</param>
internal sealed record LogLineJson(int Line, string Text, string? Writer, string? Refuser, string Side, bool AboutSize, long? Limit, long? Actual, string Meaning, AdviceJson? Set);
