using Reassembly.Cli.Doctor.Limits;
using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Doctor.Probing;

/// <summary>Everything that was seen at one address; the judge needs nothing else.</summary>
internal sealed record Observation(Uri Url)
{
    /// <summary>Why it could not be examined at all.</summary>
    public string? Unreachable { get; init; }

    /// <summary>The answer to a request that asks for no upgrade.</summary>
    public HttpAnswer? Plain { get; init; }

    public HttpAnswer? Upgrade { get; init; }

    public string? Subprotocol { get; init; }

    /// <summary>How the connection ended on a frame of a reserved type.</summary>
    public Ending? Fingerprint { get; init; }

    /// <summary>The first text messages that the peer sent by itself.</summary>
    public IReadOnlyList<string> Overheard { get; init; } = [];

    /// <summary>What the messages that were sent are made of.</summary>
    public PayloadKind Kind { get; init; }

    /// <summary>What became of a message of a few bytes: where that is refused, sizes are not what it is about.</summary>
    public TrialResult? Baseline { get; init; }

    /// <summary>The limits that were found, the lowest first of each direction.</summary>
    public IReadOnlyList<Measure> Measures { get; init; } = [];

    /// <summary>The largest message that passed to the server; 0 where none was tried.</summary>
    public int LargestMessage { get; init; }

    /// <summary>The largest frame that passed to the server.</summary>
    public int LargestFrame { get; init; }

    /// <summary>The largest message, and the largest frame of one, that came back; <see langword="null"/> where the peer sends nothing back.</summary>
    public int? LargestEcho { get; init; }

    public long? LargestEchoFrame { get; init; }

    /// <summary>Set where a message was taken first, and the connection ended a moment later.</summary>
    public Ending? Late { get; init; }

    /// <summary>What a Reassembly server says of itself.</summary>
    public ServerLimits? Limits { get; init; }

    public Spending Spending { get; init; } = new(0, 0, 0, 0, TimeSpan.Zero, false);

    public bool IsUpgraded => Upgrade?.Head.Status == 101;
}
