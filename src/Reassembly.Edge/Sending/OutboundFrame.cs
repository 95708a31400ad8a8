using System.Net.WebSockets;

namespace Reassembly.Edge.Sending;

/// <summary>A frame in line that has somebody who waits for it. Its bytes are not touched by its sender until <see cref="Ended"/> completes.</summary>
/// <param name="bytes">The frame.</param>
/// <param name="type">Text or binary.</param>
/// <param name="patience">How long it may take to go out.</param>
internal sealed class OutboundFrame(ReadOnlyMemory<byte> bytes, WebSocketMessageType type, TimeSpan patience)
{
    public ReadOnlyMemory<byte> Bytes => bytes;

    public WebSocketMessageType Type => type;

    public TimeSpan Patience => patience;

    /// <summary>What became of it.</summary>
    public TaskCompletionSource<FrameEnd> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
