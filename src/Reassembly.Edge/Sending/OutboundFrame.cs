namespace Reassembly.Edge.Sending;

/// <summary>A binary frame in line. Its bytes are not touched by its sender until <see cref="Sent"/> completes.</summary>
/// <param name="bytes">The frame.</param>
/// <param name="patience">How long it may take to go out.</param>
internal sealed class OutboundFrame(ReadOnlyMemory<byte> bytes, TimeSpan patience)
{
    public ReadOnlyMemory<byte> Bytes => bytes;

    public TimeSpan Patience => patience;

    /// <summary>Whether it went out.</summary>
    public TaskCompletionSource<bool> Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
