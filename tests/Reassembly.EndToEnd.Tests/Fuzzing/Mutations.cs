using System.Buffers.Binary;
using System.Text;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Integrity;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests.Fuzzing;

/// <summary>Makes frames and texts of every bad kind, and some good ones among them.</summary>
internal sealed class Mutations(Random random)
{
    private const int MostPayload = 65_488;

    /// <summary>A frame about a message, true or not.</summary>
    public byte[] Frame(FuzzedMessage message, FuzzedMessage other) => random.Next(14) switch
    {
        0 or 1 or 2 => Piece(message, message.Payload),
        3 => Piece(message, other.Payload),
        4 => Flip(Piece(message, message.Payload)),
        5 => Truncate(Piece(message, message.Payload)),
        6 => WithHeader(Piece(message, message.Payload), AnyField),
        7 => WithHeader(Piece(message, message.Payload), frame => BinaryPrimitives.WriteUInt64BigEndian(frame[32..], (ulong)random.NextInt64() >> random.Next(64))),
        8 => WithHeader(Piece(message, message.Payload), frame => BinaryPrimitives.WriteUInt64BigEndian(frame[24..], (ulong)random.NextInt64() >> random.Next(64))),
        9 => WithHeader(Piece(message, message.Payload), frame => frame[2] ^= ChunkHeader.LastFlag),
        10 => WithHeader(Piece(message, message.Payload), frame => frame[3] = (byte)random.Next(12, 20)),
        11 => Peer.Chunk(message.Id, random.Next(message.Payload.Length), Bytes(random.Next(100))),
        12 => Peer.Chunk(message.Id, random.Next(1 << 20), Bytes(random.Next(MostPayload)), random.Next(4) == 0),
        _ => Bytes(random.Next(300)),
    };

    /// <summary>A text about a message, true or not; ASCII, because what is not UTF-8 ends a WebSocket by its own rules.</summary>
    public byte[] Text(FuzzedMessage message)
    {
        var id = message.Id;
        var text = random.Next(9) switch
        {
            0 => $$"""{"type":"status","id":"{{id}}"}""",
            1 => $$"""{"type":"open","id":"{{id}}","size":{{random.Next(100_000)}},"channel":"c{{random.Next(3)}}","headers":{"a":"b"} }""",
            2 => $$"""{"type":"abort","id":"{{id}}"}""",
            3 => $$"""{"type":"hello","receiveFrameBytes":{{random.Next(100_000)}},"client":"x"}""",
            4 => $$"""{"type":"chunk","id":"{{id}}","sequence":{{random.Next()}},"offset":{{random.Next(50_000)}},"last":{{(random.Next(2) == 0 ? "true" : "false")}},"data":"{{Convert.ToBase64String(Bytes(random.Next(5000)))}}"}""",
            5 => $$"""{"type":"delivered","id":"{{id}}"}""",
            6 => new string('[', random.Next(2000)),
            7 => $$"""{"type":"ping","nonce":"{{new string('x', random.Next(500))}}"}""",
            _ => new string([.. Bytes(random.Next(500)).Select(value => (char)(value % 95 + 32))]),
        };
        var bytes = Encoding.ASCII.GetBytes(text);
        for (var flips = random.Next(4); flips > 0 && random.Next(2) == 0 && bytes.Length > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(128);
        }

        return bytes;
    }

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Every piece of a message as an honest sender cuts it, in any order.</summary>
    public byte[][] AllPieces(FuzzedMessage message)
    {
        var step = random.Next(1024, 20_000);
        var frames = new List<byte[]>();
        for (var from = 0; from < message.Payload.Length; from += step)
        {
            var to = Math.Min(from + step, message.Payload.Length);
            frames.Add(Peer.Chunk(message.Id, from, message.Payload.AsSpan(from, to - from), to == message.Payload.Length, sequence: (uint)frames.Count));
        }

        var shuffled = frames.ToArray();
        random.Shuffle(shuffled);
        return shuffled;
    }

    /// <summary>A stretch of a message, with what another payload has there.</summary>
    private byte[] Piece(FuzzedMessage message, byte[] bytes)
    {
        var length = Math.Min(bytes.Length, message.Payload.Length);
        var from = random.Next(length);
        var to = Math.Min(length, from + random.Next(1024, 20_000));
        var total = random.Next(2) == 0 ? ChunkHeader.UnknownSize : (ulong)message.Payload.Length;
        return Peer.Chunk(message.Id, from, bytes.AsSpan(from, to - from), to == message.Payload.Length, total, (uint)random.Next());
    }

    private byte[] Flip(byte[] frame)
    {
        frame[random.Next(frame.Length)] ^= (byte)(1 << random.Next(8));
        return frame;
    }

    private byte[] Truncate(byte[] frame) => frame[..random.Next(frame.Length)];

    private void AnyField(Span<byte> frame)
    {
        // Any byte but those of the id: another message is not this one's business.
        var at = random.Next(28);
        frame[at < 8 ? at : at + 16] = (byte)random.Next(256);
    }

    private static byte[] WithHeader(byte[] frame, FrameChange change)
    {
        change(frame);
        var crc = Crc32C.Append(Crc32C.Compute(frame.AsSpan(0, ChunkHeader.ChecksummedBytes)), frame.AsSpan(ChunkHeader.Size));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(44), crc);
        return frame;
    }

    private delegate void FrameChange(Span<byte> frame);
}
