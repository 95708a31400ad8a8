namespace Reassembly.Edge.Sending;

/// <summary>A binary frame in line. Its bytes are the sender's until <see cref="Sent"/> completes.</summary>
internal sealed class OutboundFrame(ReadOnlyMemory<byte> bytes)
{
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>Whether it went out.</summary>
    public TaskCompletionSource<bool> Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
