namespace Reassembly.Protocol.Errors;

/// <summary>What a peer did wrong, or what a server cannot do, as a value: parsers and state machines return it, nothing throws it.</summary>
public sealed record ProtocolError(ErrorCode Code, ErrorScope Scope, string Message)
{
    /// <summary>The message concerned, where known.</summary>
    public MessageId? Id { get; init; }

    /// <summary>Whether sending the same again may succeed.</summary>
    public bool Retryable { get; init; }

    /// <summary>How long to wait before that, in milliseconds.</summary>
    public int? RetryAfterMs { get; init; }

    /// <summary>The limit that was passed, where there is one.</summary>
    public LimitDetail? Limit { get; init; }
}
