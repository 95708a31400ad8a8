using System.Net.WebSockets;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Ranges;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests.Killing;

/// <summary>
/// Sends messages in pieces of random size and in random order over one connection after the other, and holds the server to
/// everything it ever acked. All of its choices come from one <see cref="Random"/>.
/// </summary>
internal sealed class BareSender(Uri address, Random random)
{
    private const int BatchSize = 4;
    private const int LargestMessage = 7 << 20;
    private const int OutcomesAskedAgain = 40;

    private (int Count, TaskCompletionSource Reached) _awaited = (int.MaxValue, new());

    public List<TrackedMessage> Messages { get; } = [];

    public int Frames { get; private set; }

    public int Acks { get; private set; }

    /// <summary>How many bytes were acked and not committed when a connection began: what a restart had to keep.</summary>
    public long AckedBytesFoundAgain { get; private set; }

    /// <summary>Completes when so many more acks have come.</summary>
    public Task AcksAsync(int count)
    {
        _awaited = (Acks + count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _awaited.Reached.Task;
    }

    /// <summary>Sends message after message until the server is gone.</summary>
    public async Task RunUntilLostAsync()
    {
        try
        {
            using var peer = await Peer.ConnectAsync(address);
            await CompareAsync(peer);
            while (true)
            {
                await SendUnfinishedAsync(peer);
                for (var count = 0; count < BatchSize; count++)
                {
                    Messages.Add(new TrackedMessage(random, random.Next(1, LargestMessage) >> random.Next(4)));
                }
            }
        }
        catch (WebSocketException)
        {
            // Killed, as it should be; the next connection compares.
        }
    }

    /// <summary>Sends what is left over a server that lives.</summary>
    public async Task FinishAsync()
    {
        using var peer = await Peer.ConnectAsync(address);
        await CompareAsync(peer);
        await SendUnfinishedAsync(peer);
        await CompareAsync(peer);
    }

    /// <summary>Asks for everything anew: what was acked is still there, what had ended has the same outcome.</summary>
    private async Task CompareAsync(Peer peer)
    {
        var asked = Messages.Where(message => message.Outcome is null).Concat(Messages.Where(message => message.Outcome is not null).TakeLast(OutcomesAskedAgain)).ToList();
        foreach (var message in asked)
        {
            await peer.SendAsync(new StatusMessage { Id = message.Id });
        }

        var unanswered = asked.ToDictionary(message => message.Id);
        AckedBytesFoundAgain += asked.Where(message => message.Outcome is null).Sum(message => message.Acked.Bytes);
        while (unanswered.Count > 0)
        {
            var answer = await peer.ReceiveAsync();
            if (answer is ErrorMessage { Code: ErrorCode.UnknownMessage, Id: { } unknown })
            {
                unanswered[unknown].HearUnknown();
                unanswered.Remove(unknown);
            }
            else
            {
                unanswered.Remove(Hear(answer));
            }
        }
    }

    private async Task SendUnfinishedAsync(Peer peer)
    {
        var unfinished = Messages.Where(message => message.Outcome is null).ToList();
        var frames = unfinished.SelectMany(Frame).ToArray();
        random.Shuffle(frames);
        await Task.WhenAll(ListenAsync(), SendAllAsync());

        async Task ListenAsync()
        {
            while (unfinished.Any(message => message.Outcome is null))
            {
                Hear(await peer.ReceiveAsync());
            }
        }

        async Task SendAllAsync()
        {
            foreach (var message in unfinished.Where(message => message.IsOpened))
            {
                await peer.SendAsync(new OpenMessage { Id = message.Id, Size = message.Payload.Length, Sha256 = message.Sha256 });
            }

            foreach (var (message, from, to) in frames)
            {
                var payload = message.Payload;
                var last = to == payload.Length;
                await peer.SendAsync(Peer.Chunk(message.Id, from, payload.AsSpan(from, to - from), last, message.Size, (uint)Frames++));
            }
        }
    }

    private Protocol.MessageId Hear(ServerMessage answer)
    {
        switch (answer)
        {
            case AckMessage ack:
                Messages.Single(message => message.Id == ack.Id).Hear(ack);
                if (++Acks == _awaited.Count)
                {
                    _awaited.Reached.SetResult();
                }

                return ack.Id;
            case OutcomeMessage outcome:
                Messages.Single(message => message.Id == outcome.Id).Hear(outcome);
                return outcome.Id;
            default:
                Assert.Fail($"unexpected: {answer}");
                return default;
        }
    }

    /// <summary>Cuts what is not acked yet, each time otherwise; and what is, where the message repeats.</summary>
    private IEnumerable<(TrackedMessage Message, int From, int To)> Frame(TrackedMessage message)
    {
        var pieces = new List<(int From, int To)>();
        var gaps = new List<ByteRange>();
        var size = message.Payload.Length;
        message.Acked.Gaps(new ByteRange(0, size), gaps);
        foreach (var gap in gaps)
        {
            Pieces.Cut(random, gap, size, pieces);
        }

        if (message.Repeats)
        {
            Pieces.Cut(random, new ByteRange(0, random.Next(size + 1)), size, pieces);
            Pieces.Cut(random, new ByteRange(random.Next(size), size), size, pieces);
        }

        return pieces.Select(piece => (message, piece.From, piece.To));
    }
}
