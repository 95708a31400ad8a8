using System.Buffers;
using System.Security.Cryptography;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;

namespace Reassembly.Client.Tests.Scripting;

/// <summary>A message as a server delivers it: what it says of it, and its chunks.</summary>
internal sealed class ScriptedDelivery(byte[] payload, int chunkBytes = 1 << 20)
{
    public MessageId Id { get; init; } = MessageId.NewVersion7(TimeProvider.System.GetUtcNow());

    public byte[] Payload => payload;

    public string? ContentEncoding { get; init; }

    public string Sha256 { get; init; } = Convert.ToHexStringLower(SHA256.HashData(payload));

    public long Attempt { get; init; } = 1;

    public PayloadMessage Message => new()
    {
        Id = Id,
        Channel = "c",
        Size = payload.Length,
        Sha256 = Sha256,
        ContentType = "x/y",
        ContentEncoding = ContentEncoding,
        Headers = new Dictionary<string, string> { ["a"] = "b" },
        Attempt = Attempt,
    };

    /// <summary>The frames, none larger than a connection's client takes.</summary>
    public IEnumerable<byte[]> Frames(ScriptedConnection connection)
    {
        var size = Math.Min(chunkBytes, connection.ReceiveFrameBytes - ChunkHeader.Size);
        var sequence = 0u;
        var from = 0;
        do
        {
            var length = Math.Min(size, payload.Length - from);
            yield return Frame(from, length, sequence++);
            from += length;
        }
        while (from < payload.Length);
    }

    public byte[] Frame(int from, int length, uint sequence = 0)
    {
        var output = new ArrayBufferWriter<byte>(ChunkHeader.Size + length);
        var header = new ChunkHeader
        {
            Sequence = sequence,
            Id = Id,
            Offset = from,
            TotalSize = (ulong)payload.Length,
            PayloadLength = length,
            IsLast = from + length == payload.Length,
        };
        ChunkFrame.Write(output, header, payload.AsSpan(from, length));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Sends all of it, its chunks after those of another message.</summary>
    public async Task SendAsync(ScriptedConnection connection, IEnumerable<byte[]>? before = null)
    {
        await connection.SendAsync(Message);
        foreach (var frame in (before ?? []).Concat(Frames(connection)))
        {
            await connection.SendFrameAsync(frame);
        }
    }

    /// <summary>Sends the message and, of its chunks, only the first ones.</summary>
    public async Task BeginAsync(ScriptedConnection connection, int chunks)
    {
        await connection.SendAsync(Message);
        foreach (var frame in Frames(connection).Take(chunks))
        {
            await connection.SendFrameAsync(frame);
        }
    }
}
