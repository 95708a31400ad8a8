using System.Net.WebSockets;
using System.Security.Cryptography;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests.Fuzzing;

/// <summary>
/// Throws bad input at the server over one connection after the other. After each burst the same connection commits an honest
/// message; whatever of the fuzzed messages was committed meanwhile is looked at.
/// </summary>
internal sealed class FuzzConnection(Uri address, HttpClient http, Random random)
{
    private const int Pool = 12;
    private const int Burst = 48;
    private const int BurstsOfAConnection = 30;

    /// <summary>Within the discard budget, so that the connection must live on.</summary>
    private const int OversizedOfAConnection = 3;
    private const int OversizedBytes = 80_000;

    private readonly Mutations _mutations = new(random);
    private readonly Dictionary<MessageId, FuzzedMessage> _messages = [];
    private readonly List<OutcomeMessage> _ended = [];

    public int Frames { get; private set; }

    public int HonestMessages { get; private set; }

    public int CommittedFuzzed { get; private set; }

    public int RejectedFuzzed { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var peer = await Peer.ConnectAsync(address);
            peer.Heard = message =>
            {
                if (message is OutcomeMessage outcome)
                {
                    _ended.Add(outcome);
                }
            };
            _messages.Clear();
            var oversized = 0;
            for (var burst = 0; burst < BurstsOfAConnection && !stop.IsCancellationRequested; burst++)
            {
                await FillPoolAsync(peer);
                for (var count = 0; count < Burst; count++)
                {
                    await SendOneAsync(peer);
                }

                if (oversized++ < OversizedOfAConnection)
                {
                    await SendAsync(peer, new byte[random.Next(65_537, OversizedBytes)]);
                }

                await peer.CommitHonestAsync();
                HonestMessages++;
                await CheckEndedAsync();
            }

            await LeaveAsync(peer);
        }
    }

    private async Task FillPoolAsync(Peer peer)
    {
        while (_messages.Count < Pool)
        {
            var message = new FuzzedMessage(random, isAnnounced: random.Next(2) == 0);
            if (message.Sha256 is { } sha256)
            {
                await peer.SendAsync(new OpenMessage { Id = message.Id, Sha256 = sha256 });
                await peer.ReceiveAsync<AckMessage>(ack => ack.Id == message.Id);
            }

            _messages.Add(message.Id, message);
        }
    }

    private async Task SendOneAsync(Peer peer)
    {
        var pool = _messages.Values;
        var message = pool.ElementAt(random.Next(pool.Count));
        switch (random.Next(20))
        {
            case < 12:
                await SendAsync(peer, _mutations.Frame(message, pool.ElementAt(random.Next(pool.Count))));
                break;
            case < 18:
                await SendAsync(peer, _mutations.Text(message), WebSocketMessageType.Text);
                break;
            default:
                foreach (var frame in _mutations.AllPieces(message))
                {
                    await SendAsync(peer, frame);
                }

                break;
        }
    }

    /// <summary>Whole, or as several WebSocket frames of one message.</summary>
    private async Task SendAsync(Peer peer, byte[] bytes, WebSocketMessageType type = WebSocketMessageType.Binary)
    {
        Frames++;
        var from = 0;
        while (random.Next(8) == 0 && from < bytes.Length)
        {
            var to = random.Next(from, bytes.Length);
            await peer.SendAsync(bytes[from..to], type, end: false);
            from = to;
        }

        await peer.SendAsync(bytes[from..], type);
    }

    private async Task CheckEndedAsync()
    {
        foreach (var outcome in _ended)
        {
            if (!_messages.Remove(outcome.Id, out var message))
            {
                continue;
            }

            if (outcome.State != OutcomeState.Committed)
            {
                RejectedFuzzed++;
                continue;
            }

            CommittedFuzzed++;
            Assert.True(message.Sha256 is null || message.Sha256 == outcome.Sha256, $"message {message.Id} announced {message.Sha256} and was committed as {outcome}");
            var stored = await http.GetByteArrayAsync($"/messages/{message.Id}");
            Assert.Equal((outcome.Size!.Value, outcome.Sha256), (stored.LongLength, Convert.ToHexStringLower(SHA256.HashData(stored))));
        }

        _ended.Clear();
    }

    /// <summary>Politely, or not.</summary>
    private async Task LeaveAsync(Peer peer)
    {
        switch (random.Next(3))
        {
            case 0:
                await peer.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                while (await peer.ReceiveOrEndAsync() is not null)
                {
                }

                break;
            case 1:
                await peer.SendAsync(_mutations.Bytes(500), end: false);
                peer.Socket.Abort();
                break;
            default:
                peer.Socket.Abort();
                break;
        }
    }
}
