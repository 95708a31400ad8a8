using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Reassembly.Edge.Sending;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Tests;

/// <summary>What is in line when a client says that it takes less.</summary>
public sealed class OutboundQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_is_in_line_and_does_not_fit_any_more_does_not_go_out_and_its_sender_is_told()
    {
        using var socket = new HeldSocket();
        await using var queue = new OutboundQueue(socket, "c", TimeProvider.System, NullLogger.Instance) { ReceiveFrameBytes = 65_536 };
        var first = queue.SendFrameAsync(new byte[60_000], Patience);
        Assert.Equal(60_000, await socket.NextAsync());
        var (message, frame, small) = (
            queue.SendWholeAsync(new GoAwayMessage { Reason = new string('x', 2000), GraceMs = 1 }, Patience),
            queue.SendFrameAsync(new byte[1001], Patience),
            queue.SendFrameAsync(new byte[1000], Patience));
        queue.ReceiveFrameBytes = 1000;
        socket.Release();
        Assert.Equal(1000, await socket.NextAsync());
        socket.Release();
        Assert.Equal(
            [FrameEnd.Sent, FrameEnd.TooBig, FrameEnd.TooBig, FrameEnd.Sent],
            await Task.WhenAll(first, message, frame, small).WaitAsync(Patience, TimeProvider.System));
    }

    [Fact]
    public async Task A_frame_that_waits_when_the_connection_ends_is_told_to_its_sender()
    {
        using var socket = new HeldSocket();
        await using var queue = new OutboundQueue(socket, "c", TimeProvider.System, NullLogger.Instance);
        var (first, second) = (queue.SendFrameAsync(new byte[100], Patience), queue.SendWholeAsync(new GoAwayMessage { Reason = "x", GraceMs = 1 }, Patience));
        await socket.NextAsync();
        socket.Abort();
        Assert.Equal([FrameEnd.Over, FrameEnd.Over], await Task.WhenAll(first, second).WaitAsync(Patience, TimeProvider.System));
        await queue.CompleteAsync();
        Assert.Equal(FrameEnd.Over, await queue.SendFrameAsync(new byte[100], Patience));
    }

    /// <summary>A socket of which each message goes out when the test says so.</summary>
    private sealed class HeldSocket : WebSocket
    {
        private readonly Channel<int> _sent = Channel.CreateUnbounded<int>();
        private readonly Channel<bool> _released = Channel.CreateUnbounded<bool>();

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => WireProtocol.Subprotocol;

        /// <summary>The bytes of the next message that is going out.</summary>
        public Task<int> NextAsync() => _sent.Reader.ReadAsync().AsTask().WaitAsync(Patience, TimeProvider.System);

        public void Release() => _released.Writer.TryWrite(true);

        public override void Abort() => _released.Writer.TryComplete();

        public override async Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        {
            _sent.Writer.TryWrite(buffer.Count);
            if (!await _released.Reader.WaitToReadAsync(cancellationToken) || !_released.Reader.TryRead(out _))
            {
                throw new WebSocketException("aborted");
            }
        }

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) => throw new InvalidOperationException();

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Dispose()
        {
        }
    }
}
