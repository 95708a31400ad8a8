using System.Buffers;
using System.Net.WebSockets;
using Reassembly.Edge.Lanes;
using Reassembly.Edge.Receiving;
using Reassembly.Edge.Sending;
using Reassembly.Edge.Transport;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Connections;

/// <summary>
/// One connection from its upgrade to its end. It owns the parts and joins them; what comes in is a reader's business
/// (<see cref="ProtocolReader"/>, <see cref="Raw.RawReader"/>), what goes out that of <see cref="OutboundQueue"/>.
/// </summary>
internal sealed class EdgeConnection : IDisposable
{
    private static readonly TimeSpan BrokenFramingDrain = TimeSpan.FromSeconds(1);
    private const long MostInflatedAtTheEnd = 4 << 20;

    private static readonly TimeSpan LaneDrain = TimeSpan.FromSeconds(5);

    private readonly EdgeNode _node;
    private readonly ObservedStream _stream;
    private readonly CancellationTokenSource _ended = new();
    private IConnectionReader? _reader;

    public EdgeConnection(EdgeNode node, WebSocket socket, ObservedStream stream, long bufferBytes)
    {
        _node = node;
        _stream = stream;
        Socket = socket;
        Id = MessageId.NewVersion7(node.Time.GetUtcNow()).ToString();
        Outbound = new OutboundQueue(socket, Id, node.Time, node.Log);
        Closer = new ConnectionCloser(socket, Outbound, Id, node.Time, node.Log);
        Budget = new ConnectionBudget(new ByteBudget(bufferBytes, node.Time), node.Buffers, node.Time);
        Discards = new DiscardBudget(node.Limits.FrameBytes, node.Time);
        Watch = new PeerWatch(node.Deliveries.Options.GetTimeout(), Id, socket.Abort, node.Time, node.Log);
        stream.OnViolation = TellViolationAsync;
        stream.OnRead = Watch.SignOfLife;
    }

    public string Id { get; }

    public WebSocket Socket { get; }

    public WebSocketFrameObserver Observer => _stream.Observer;

    public OutboundQueue Outbound { get; }

    public ConnectionCloser Closer { get; }

    public ConnectionBudget Budget { get; }

    public DiscardBudget Discards { get; }

    public PeerWatch Watch { get; }

    /// <summary>Set when nobody listens any more.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Runs the connection; completes when nothing of it is left.</summary>
    /// <param name="reader">Handles what comes in.</param>
    /// <param name="lanes">Where it puts that.</param>
    public async Task RunAsync(IConnectionReader reader, LaneTable lanes)
    {
        _reader = reader;
        EdgeLog.Opened(_node.Log, Id, Socket.SubProtocol);
        _node.Connections.Add(this, lanes);
        try
        {
            await ReadToEndAsync(reader);
            await Closer.AnswerAsync();

            // The owners finish what they were given, and whatever they answer comes too late to be told.
            await _ended.CancelAsync();
            await lanes.WhenQuietAsync().WaitAsync(LaneDrain, _node.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            _node.Connections.Remove(this);
            await Outbound.DisposeAsync();
            await Closer.DisposeAsync();
            Socket.Dispose();
        }
    }

    public void Dispose()
    {
        Watch.Dispose();
        _ended.Dispose();
    }

    public ValueTask GoAwayAsync(string reason, TimeSpan grace) => _reader!.GoAwayAsync(reason, grace);

    private async Task ReadToEndAsync(IConnectionReader reader)
    {
        try
        {
            await ReadGuardedAsync(reader);
            if (Closer.HasBegun && Socket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                await DiscardRestAsync();
            }

            EdgeLog.Ended(_node.Log, Id, "closed");
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            EdgeLog.Ended(_node.Log, Id, exception.Message);
            if (exception is WebSocketException { WebSocketErrorCode: WebSocketError.Faulted })
            {
                await DrainTransportAsync();
            }
        }
    }

    private async Task ReadGuardedAsync(IConnectionReader reader)
    {
        try
        {
            await reader.ReadAsync();
        }
        catch (Exception exception) when (!IsLoss(exception))
        {
            // A fault of ours ends this connection alone, and says so.
            EdgeLog.ConnectionFailed(_node.Log, Id, exception);
            await Closer.BeginAsync(WebSocketCloseStatus.InternalServerError, "the server failed on this connection: connect again");
        }
    }

    /// <summary>
    /// What comes after the close frame is read for the peer's sake. Compressed, a few bytes of it may be very many: those are read as they
    /// came.
    /// </summary>
    private async Task DiscardRestAsync()
    {
        var atMost = _node.Options.Deflate ? MostInflatedAtTheEnd : long.MaxValue;
        if (!await new MessageDiscarder(Socket, Discards, _node.Limits.FrameBytes).DiscardAllAsync(atMost))
        {
            await DrainTransportAsync();
        }
    }

    /// <summary>The socket has sent its close frame by itself and cannot be read any more; the peer still has to get that frame.</summary>
    private async Task DrainTransportAsync()
    {
        using var limit = new CancellationTokenSource(BrokenFramingDrain, _node.Time);
        var scratch = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            while (await _stream.ReadAsync(scratch, limit.Token) > 0)
            {
            }
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            // Gone, or its time is over.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private ValueTask TellViolationAsync(string violation)
        => Outbound.PostAndFlushAsync(ErrorMessage.From(new ProtocolError(ErrorCode.BadFrame, ErrorScope.Connection, $"{violation}: the connection ends")));

    private static bool IsLoss(Exception exception)
        => exception is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException;
}
