using System.Buffers;
using System.Buffers.Binary;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Integrity;
using Reassembly.Protocol.Tests.Support;
using Xunit.Abstractions;

namespace Reassembly.Protocol.Tests.Frames;

public sealed class FrameTests(ITestOutputHelper output)
{
    [Fact]
    public void Random_frame_is_read_as_it_was_written()
    {
        var random = Seeded.Random(output);
        for (var round = 0; round < 5_000; round++)
        {
            var (header, payload) = random.Chunk(300);
            var frame = Wire.Frame(header, payload);

            Assert.True(ChunkFrame.TryRead(frame, out var read, out var bytes, out _));
            Assert.Equal(header, read);
            Assert.True(bytes.Span.SequenceEqual(payload));

            Assert.True(ChunkFrame.TryRead(Segments.Every(frame, random.Next(1, 100)), out read, out var pieces, out _));
            Assert.Equal(header, read);
            Assert.True(pieces.ToArray().AsSpan().SequenceEqual(payload));
        }
    }

    [Fact]
    public void Mutated_frame_never_throws_and_is_taken_only_where_it_says_what_it_would_be_written_as()
    {
        var random = Seeded.Random(output);
        var taken = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var (header, payload) = random.Chunk(64);
            var frame = Mutate(random, Wire.Frame(header, payload));
            var valid = ChunkFrame.TryRead(frame, out var read, out var bytes, out var error);
            var validInPieces = ChunkFrame.TryRead(Segments.Every(frame, 13), out var readInPieces, out _, out var errorInPieces);

            Assert.Equal(valid, validInPieces);
            Assert.Equal(error, errorInPieces);
            Assert.Equal(read, readInPieces);
            if (!valid)
            {
                Assert.Contains(error!.Code, new[] { ErrorCode.BadFrame, ErrorCode.UnknownType, ErrorCode.CrcMismatch });
                continue;
            }

            taken++;
            if (frame[3] == ChunkHeader.Size / 4)
            {
                Assert.Equal(frame, Wire.Frame(read, bytes.Span));
            }
        }

        output.WriteLine($"{taken} of 200000 taken");
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = Seeded.Random(output);
        for (var round = 0; round < 100_000; round++)
        {
            var frame = random.Bytes(random.Next(120));
            if (frame.Length > 3 && random.Next(2) == 0)
            {
                (frame[0], frame[1], frame[2], frame[3]) = (1, 1, (byte)random.Next(2), (byte)random.Next(11, 20));
            }

            Assert.False(ChunkFrame.TryRead(frame, out _, out _, out var error));
            Assert.NotEmpty(error!.Message);
        }
    }

    [Fact]
    public void Reading_a_frame_allocates_nothing()
    {
        var payload = new byte[1000];
        var frame = Wire.Frame(new ChunkHeader { Id = Wire.Id, PayloadLength = payload.Length, TotalSize = 5000 }, payload);
        var pieces = Segments.Every(frame, 100);
        Assert.Equal(10_000, ReadMany(frame, pieces, 10_000));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = ReadMany(frame, pieces, 10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(10_000, read);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Payload_is_a_slice_of_the_frame_and_not_a_copy()
    {
        var frame = Wire.Frame(new ChunkHeader { Id = Wire.Id, PayloadLength = 3 }, [1, 2, 3]);
        Assert.True(ChunkFrame.TryRead(frame, out _, out var payload, out _));
        frame[^1] = 9;
        Assert.Equal(9, payload.Span[2]);
    }

    [Fact]
    public void Error_names_the_message_where_the_header_could_be_read()
    {
        var frame = Wire.Frame(new ChunkHeader { Id = Wire.Id, PayloadLength = 3, Offset = 7, Sequence = 5 }, [1, 2, 3]);
        frame[^1] ^= 1;
        Assert.False(ChunkFrame.TryRead(frame, out _, out _, out var error));
        Assert.Equal(Wire.Id, error!.Id);
        Assert.Equal(ErrorScope.Message, error.Scope);

        Assert.False(ChunkFrame.TryRead(frame.AsMemory(0, 50), out _, out _, out error));
        Assert.Equal(Wire.Id, error!.Id);
        Assert.Equal(ErrorScope.Frame, error.Scope);

        Assert.Equal(Wire.Id, ChunkFrame.PeekId(frame.AsSpan(0, 24)));
        Assert.Null(ChunkFrame.PeekId(frame.AsSpan(0, 23)));
        frame[0] = 2;
        Assert.Null(ChunkFrame.PeekId(frame));
    }

    [Fact]
    public void Header_is_not_written_where_it_would_lie()
    {
        var header = new ChunkHeader { Id = Wire.Id, PayloadLength = 4 };
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkFrame.WriteHeader(new byte[48], header, new byte[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkFrame.WriteHeader(new byte[48], header with { Offset = -1 }, new byte[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkFrame.WriteHeader(new byte[48], header with { Offset = long.MaxValue }, new byte[4]));
    }

    private static int ReadMany(ReadOnlyMemory<byte> frame, in ReadOnlySequence<byte> pieces, int rounds)
    {
        var read = 0;
        for (var round = 0; round < rounds; round++)
        {
            if (ChunkFrame.TryRead(frame, out _, out _, out _) && ChunkFrame.TryRead(pieces, out _, out _, out _))
            {
                read++;
            }
        }

        return read;
    }

    private static byte[] Mutate(Random random, byte[] frame)
    {
        switch (random.Next(6))
        {
            case 0:
                return frame[..random.Next(frame.Length)];
            case 1:
                return [.. frame, .. random.Bytes(random.Next(1, 9))];
            case 2:
                frame[random.Next(frame.Length)] ^= (byte)(1 << random.Next(8));
                return frame;
            case 3:
                random.Bytes(4).CopyTo(frame, random.Next(frame.Length - 3));
                return frame;
            case 4:
                frame[random.Next(4)] = (byte)random.Next(16);
                return frame;
            default:
                // The checksum is put right again, so that what lies behind it is reached too.
                frame[random.Next(44)] ^= (byte)(1 << random.Next(8));
                var crc = Crc32C.Append(Crc32C.Compute(frame.AsSpan(0, 44)), frame.AsSpan(48));
                BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(44), crc);
                return frame;
        }
    }
}
