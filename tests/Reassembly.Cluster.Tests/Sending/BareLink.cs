using System.Net.WebSockets;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Cluster.Tests.Sending;

/// <summary>One connection of a bare sender: somebody reads it all the time, and a wait for an answer has an end.</summary>
internal sealed class BareLink : IDisposable
{
    /// <summary>A link that does not answer for so long is taken for lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Peer _peer;
    private readonly Action<ServerMessage, BareLink> _heard;
    private TaskCompletionSource<ServerMessage>? _awaited;
    private Func<ServerMessage, bool> _isAnswer = static _ => false;

    private BareLink(Peer peer, Action<ServerMessage, BareLink> heard)
    {
        _peer = peer;
        _heard = heard;
        Reading = ReadAsync();
    }

    /// <summary>The node, by the name it gave itself.</summary>
    public string Node => _peer.Welcome.Node;

    /// <summary>Ends with the connection.</summary>
    public Task Reading { get; }

    /// <summary>Whether it is of no more use: over, or about to be.</summary>
    public bool IsLost { get; private set; }

    public static async Task<BareLink> OpenAsync(Uri address, Action<ServerMessage, BareLink> heard)
        => new(await Peer.ConnectAsync(address, Patience), heard);

    public static bool IsLoss(Exception exception)
        => exception is WebSocketException or TimeoutException or ObjectDisposedException or InvalidOperationException or OperationCanceledException or IOException;

    public Task SendAsync(ClientMessage message) => _peer.SendAsync(message);

    public Task SendAsync(byte[] frame) => _peer.SendAsync(frame);

    /// <summary>Sends a question and waits for what answers it.</summary>
    /// <exception cref="TimeoutException">Nobody answered: the link is lost.</exception>
    public async Task<ServerMessage> AskAsync(ClientMessage question, Func<ServerMessage, bool> isAnswer)
    {
        var awaited = new TaskCompletionSource<ServerMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _isAnswer = isAnswer;
        Volatile.Write(ref _awaited, awaited);
        await _peer.SendAsync(question);
        var ended = await Task.WhenAny(awaited.Task, Reading).WaitAsync(Patience, TimeProvider.System);
        return ended == awaited.Task ? await awaited.Task : throw new TimeoutException("the connection is over");
    }

    public void Lose() => IsLost = true;

    public void Dispose()
    {
        Lose();
        _peer.Socket.Abort();
        _peer.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _peer.ReceiveOrEndAsync() is { } message)
            {
                _heard(message, this);
                IsLost |= message is GoAwayMessage;
                if (Volatile.Read(ref _awaited) is { } awaited && _isAnswer(message))
                {
                    Volatile.Write(ref _awaited, null);
                    awaited.TrySetResult(message);
                }
            }
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            // Lost, by whatever was done to it.
        }

        Lose();
    }
}
