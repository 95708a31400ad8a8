using System.Security.Cryptography;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests.Killing;

/// <summary>A message, and every byte of it that the server ever called durable: what it must never take back.</summary>
internal sealed class TrackedMessage
{
    private readonly AckBook _book = new();
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

    public RangeSet Acked => _book.Acked;

    public OutcomeMessage? Outcome { get; private set; }

    public void Hear(AckMessage ack)
    {
        Assert.True(Outcome is null, $"message {Id} had ended and is open again: {ack}");
        Assert.True(_book.TakenBack(ack) is null, $"message {Id}: {_book.TakenBack(ack)} was acked, at least in part, and is missing again");
        _book.Add(ack);
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
}
