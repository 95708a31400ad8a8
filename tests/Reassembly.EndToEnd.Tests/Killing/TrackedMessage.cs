using System.Security.Cryptography;
using Reassembly.EndToEnd.Tests.Hosting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;

namespace Reassembly.EndToEnd.Tests.Killing;

/// <summary>A message, and every byte of it that the server ever called durable: what it must never take back.</summary>
internal sealed class TrackedMessage
{
    /// <summary>From so many ranges on the last one may stand for all that follow, acked bytes among them.</summary>
    private const int MostRanges = 64;

    private readonly int _size;
    private readonly int _seed;
    private byte[]? _payload;

    public TrackedMessage(Random random, int size)
    {
        _size = size;
        _seed = random.Next();
        _payload = Make();
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(_payload));
        Repeats = random.Next(2) == 0;
        IsOpened = random.Next(2) == 0;
        Size = random.Next(2) == 0 ? (ulong)size : ulong.MaxValue;
    }

    public MessageId Id { get; } = Peer.NewId();

    /// <summary>Kept while the message is open, and made again after that: many rounds make many messages.</summary>
    public byte[] Payload => _payload ?? Make();

    public string Sha256 { get; }

    /// <summary>Whether acked bytes are sent again. A message that never repeats them can only be committed if none was lost.</summary>
    public bool Repeats { get; }

    /// <summary>Whether each connection says <c>open</c> first.</summary>
    public bool IsOpened { get; }

    /// <summary>The total that its chunks tell.</summary>
    public ulong Size { get; }

    public RangeSet Acked { get; } = new();

    public OutcomeMessage? Outcome { get; private set; }

    public void Hear(AckMessage ack)
    {
        Check(ack);
        Acked.Add(new ByteRange(0, ack.Durable));
        var position = ack.Durable;
        foreach (var gap in ack.Missing)
        {
            Acked.Add(new ByteRange(position, gap.From));
            position = gap.To;
        }
    }

    public void Hear(OutcomeMessage outcome)
    {
        Assert.True(Outcome is null || Outcome == outcome, $"message {Id} ended as {Outcome} and now as {outcome}");
        Assert.Equal((OutcomeState.Committed, (long)_size, Sha256), (outcome.State, outcome.Size!.Value, outcome.Sha256));
        Outcome = outcome;
        _payload = null;
    }

    /// <summary>The server does not know the message: it must never have acked anything of it.</summary>
    public void HearUnknown() => Assert.True(Outcome is null && Acked.Bytes == 0, $"message {Id} was forgotten with {Acked.Bytes} acked bytes, outcome {Outcome}");

    private byte[] Make()
    {
        var bytes = new byte[_size];
        new Random(_seed).NextBytes(bytes);
        return bytes;
    }

    private void Check(AckMessage ack)
    {
        Assert.True(Outcome is null, $"message {Id} had ended and is open again: {ack}");
        if (ack.Missing.Count == 0)
        {
            Assert.True(Acked.End <= ack.Durable, $"message {Id}: bytes up to {Acked.End} were acked, now only those below {ack.Durable}");
            return;
        }

        Assert.Equal(ack.Durable, ack.Missing[0].From);
        foreach (var gap in ack.Missing.Take(MostRanges - 1))
        {
            Assert.False(Acked.Overlaps(gap), $"message {Id}: {gap} was acked in part and is missing again");
        }
    }
}
