using Reassembly.Client.Sending;

namespace Reassembly.Client.Sources;

/// <summary>Bytes in memory; the caller leaves them as they are until the send ends.</summary>
internal sealed class MemorySource(ReadOnlyMemory<byte> payload) : IPayloadSource
{
    private readonly RunningDigest _digest = new();

    public SourceView View => new(0, payload.Length, payload.Length);

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        payload.Slice((int)offset, destination.Length).CopyTo(destination);
        _digest.Append(offset, destination.Span);
        return ValueTask.CompletedTask;
    }

    public void Release(long below)
    {
    }

    public ValueTask<string> DigestAsync(CancellationToken cancellationToken)
    {
        _digest.Append(_digest.Position, payload.Span[(int)_digest.Position..]);
        return ValueTask.FromResult(_digest.Finish());
    }

    public ValueTask DisposeAsync()
    {
        _digest.Dispose();
        return ValueTask.CompletedTask;
    }
}
