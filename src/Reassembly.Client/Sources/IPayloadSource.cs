using Reassembly.Client.Sending;

namespace Reassembly.Client.Sources;

/// <summary>The bytes of one message, read by offset, by one reader at a time.</summary>
internal interface IPayloadSource : IAsyncDisposable
{
    /// <summary>What can be read right now.</summary>
    /// <exception cref="IOException">The origin failed; so does every later call.</exception>
    SourceView View { get; }

    /// <summary>Fills the destination from that offset; all of it lies between <c>Oldest</c> and <c>Available</c> of a view taken before.</summary>
    ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Bytes below it are durable at the server; the source may forget them.</summary>
    void Release(long below);

    /// <summary>SHA-256 of the whole, hex in lower case; reads what has not been read yet. Only once the size is known.</summary>
    ValueTask<string> DigestAsync(CancellationToken cancellationToken);
}
