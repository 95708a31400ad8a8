namespace Reassembly.Testing.Receiving;

/// <summary>One thing that a receiving program of the tests wrote down, before it answered.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Process">Which process wrote it.</param>
/// <param name="At">When, by the clock of the machine.</param>
public sealed record Receipt(ReceiptKind Kind, int Process, DateTimeOffset At)
{
    public string Id { get; init; } = string.Empty;

    public string Channel { get; init; } = string.Empty;

    public long Attempt { get; init; }

    /// <summary>Bytes that arrived.</summary>
    public long Size { get; init; }

    /// <summary>SHA-256 of the bytes that arrived, taken by the receiver.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Which node it came from, where that is said.</summary>
    public string? Node { get; init; }

    /// <summary>For <see cref="ReceiptKind.Fault"/>: what is wrong.</summary>
    public string? Text { get; init; }
}
