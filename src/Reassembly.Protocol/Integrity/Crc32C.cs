using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace Reassembly.Protocol.Integrity;

/// <summary>
/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, as in RFC 3720 appendix B.4). Processor instructions where they
/// exist; otherwise slicing-by-8: eight tables, eight bytes a step. Both give the same number for the same bytes.
/// <para>An instruction takes eight bytes and gives its result three cycles later, but another can begin in each cycle. So longer
/// bytes are taken as three lanes side by side: a checksum is linear, and that of a lane only has to be carried over the bytes of the
/// lanes behind it.</para>
/// </summary>
public static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;
    private const int LaneBytes = 1024;

    private static readonly uint[] Tables = BuildTables();

    /// <summary>Entry b of table k: what the register with byte b at place k becomes over a lane of zeroes.</summary>
    private static readonly uint[] OverLane = BuildOverLane();

    /// <summary>Whether this processor has CRC-32C instructions.</summary>
    public static bool IsHardwareAccelerated => Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported;

    /// <summary>The checksum of one span of bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of all bytes so far and these: <c>Append(Compute(a), b) == Compute(a + b)</c>.</summary>
    /// <param name="crc">The checksum so far; 0 before the first byte.</param>
    /// <param name="bytes">What follows.</param>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
        => IsHardwareAccelerated ? AppendHardware(crc, bytes) : AppendSoftware(crc, bytes);

    internal static uint AppendHardware(uint crc, ReadOnlySpan<byte> bytes)
    {
        var state = ~crc;
        while (bytes.Length >= 3 * LaneBytes)
        {
            state = StepLanes(state, bytes);
            bytes = bytes[(3 * LaneBytes)..];
        }

        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            state = BitOperations.Crc32C(state, word);
        }

        foreach (var value in bytes[(words.Length * sizeof(ulong))..])
        {
            state = BitOperations.Crc32C(state, value);
        }

        return ~state;
    }

    internal static uint AppendSoftware(uint crc, ReadOnlySpan<byte> bytes)
    {
        var state = ~crc;
        var tables = Tables;
        while (bytes.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ state;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            state = tables[(7 * 256) + (int)(low & 0xFF)]
                ^ tables[(6 * 256) + (int)((low >> 8) & 0xFF)]
                ^ tables[(5 * 256) + (int)((low >> 16) & 0xFF)]
                ^ tables[(4 * 256) + (int)(low >> 24)]
                ^ tables[(3 * 256) + (int)(high & 0xFF)]
                ^ tables[(2 * 256) + (int)((high >> 8) & 0xFF)]
                ^ tables[256 + (int)((high >> 16) & 0xFF)]
                ^ tables[(int)(high >> 24)];
            bytes = bytes[8..];
        }

        foreach (var value in bytes)
        {
            state = tables[(int)((state ^ value) & 0xFF)] ^ (state >> 8);
        }

        return ~state;
    }

    private static uint StepLanes(uint state, ReadOnlySpan<byte> bytes)
    {
        var first = MemoryMarshal.Cast<byte, ulong>(bytes[..LaneBytes]);
        var second = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(LaneBytes, LaneBytes));
        var third = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(2 * LaneBytes, LaneBytes));
        uint ofSecond = 0, ofThird = 0;
        for (var index = 0; index < LaneBytes / sizeof(ulong); index++)
        {
            state = BitOperations.Crc32C(state, first[index]);
            ofSecond = BitOperations.Crc32C(ofSecond, second[index]);
            ofThird = BitOperations.Crc32C(ofThird, third[index]);
        }

        return CarryOverLane(CarryOverLane(state) ^ ofSecond) ^ ofThird;
    }

    private static uint CarryOverLane(uint state)
    {
        var tables = OverLane;
        return tables[(int)(state & 0xFF)]
            ^ tables[256 + (int)((state >> 8) & 0xFF)]
            ^ tables[(2 * 256) + (int)((state >> 16) & 0xFF)]
            ^ tables[(3 * 256) + (int)(state >> 24)];
    }

    private static uint[] BuildOverLane()
    {
        var tables = new uint[4 * 256];
        for (var bit = 0; bit < 32; bit++)
        {
            var state = 1u << bit;
            for (var zero = 0; zero < LaneBytes; zero++)
            {
                state = (state >> 8) ^ Tables[(int)(state & 0xFF)];
            }

            // Linear: an entry is the sum of those of its bits. Those of lower bits are there already.
            var table = bit / 8 * 256;
            var weight = 1 << (bit % 8);
            for (var value = 0; value < weight; value++)
            {
                tables[table + weight + value] = tables[table + value] ^ state;
            }
        }

        return tables;
    }

    private static uint[] BuildTables()
    {
        var tables = new uint[8 * 256];
        for (var value = 0; value < 256; value++)
        {
            var crc = (uint)value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ Polynomial : crc >> 1;
            }

            tables[value] = crc;
        }

        for (var index = 256; index < tables.Length; index++)
        {
            var previous = tables[index - 256];
            tables[index] = tables[(int)(previous & 0xFF)] ^ (previous >> 8);
        }

        return tables;
    }
}
