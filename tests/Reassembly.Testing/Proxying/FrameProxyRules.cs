namespace Reassembly.Testing.Proxying;

/// <summary>What a <see cref="FrameProxy"/> lets through, and what it does with the rest.</summary>
public sealed record FrameProxyRules
{
    /// <summary>Largest payload of one frame from the client, in bytes.</summary>
    public long MaxUpBytes { get; init; } = long.MaxValue;

    /// <summary>Largest payload of one frame from the server, in bytes.</summary>
    public long MaxDownBytes { get; init; } = long.MaxValue;

    public FrameRefusal Refusal { get; init; } = FrameRefusal.Close;

    /// <summary>The reason of its close frame.</summary>
    public string Reason { get; init; } = string.Empty;

    /// <summary>So many bytes of payload from clients, over all connections, and the one that brought the last of them is torn down. Once.</summary>
    public long ResetAfterUpBytes { get; init; } = long.MaxValue;

    /// <summary>Whether pongs of the server reach the client.</summary>
    public bool LetsPongsThrough { get; init; } = true;
}
