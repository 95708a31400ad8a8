namespace Reassembly.Client.Downloading;

/// <summary>How a payload is fetched. Immutable.</summary>
public sealed record DownloadOptions
{
    /// <summary>Whether a payload that was compressed before it was sent is decompressed.</summary>
    /// <value><see langword="true"/></value>
    public bool Decompress { get; init; } = true;

    /// <summary>The most bytes that decompression may make; beyond them the download fails. Guards against a small payload that unpacks to a full disk.</summary>
    /// <value>8 GiB</value>
    public long MaxDecompressedBytes { get; init; } = 8L << 30;
}
