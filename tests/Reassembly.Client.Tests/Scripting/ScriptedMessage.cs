using System.Security.Cryptography;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Client.Tests.Scripting;

/// <summary>A message as the simplest server keeps it: the bytes, and a list of which of them are there.</summary>
internal sealed class ScriptedMessage(MessageId id)
{
    private byte[] _bytes = [];
    private List<(long From, long To)> _held = [];

    public MessageId Id { get; } = id;

    public OpenMessage? Open { get; set; }

    public long? Size { get; private set; }

    public OutcomeMessage? Outcome { get; set; }

    public long Durable => _held.Count > 0 && _held[0].From == 0 ? _held[0].To : 0;

    public byte[] Bytes => _bytes[..(int)(Size ?? Durable)];

    public void Store(in ChunkHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.IsLast)
        {
            Size = header.End;
        }

        if (header.TotalSize != ChunkHeader.UnknownSize)
        {
            Size = (long)header.TotalSize;
        }

        if (_bytes.Length < header.End)
        {
            Array.Resize(ref _bytes, (int)Math.Max(header.End, Math.Max(Size ?? 0, _bytes.Length * 2L)));
        }

        payload.CopyTo(_bytes.AsSpan((int)header.Offset));
        if (!payload.IsEmpty)
        {
            Merge(header.Offset, header.End);
        }

        if (Size is { } size && Durable == size)
        {
            Outcome ??= new OutcomeMessage
            {
                Id = Id,
                State = OutcomeState.Committed,
                Size = size,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(Bytes)),
            };
        }
    }

    public AckMessage Ack(long credit)
    {
        var missing = new List<ByteRange>();
        var at = 0L;
        foreach (var (from, to) in _held)
        {
            if (from > at && missing.Count < WireProtocol.MaxMissingRanges)
            {
                missing.Add(new ByteRange(at, from));
            }

            at = to;
        }

        return new AckMessage { Id = Id, Durable = Durable, Missing = missing, Credit = credit, ExpiresAt = DateTimeOffset.UnixEpoch };
    }

    private void Merge(long from, long to)
    {
        var apart = _held.Where(range => range.To < from || range.From > to).ToList();
        foreach (var range in _held.Except(apart))
        {
            from = Math.Min(from, range.From);
            to = Math.Max(to, range.To);
        }

        apart.Add((from, to));
        apart.Sort();
        _held = apart;
    }
}
