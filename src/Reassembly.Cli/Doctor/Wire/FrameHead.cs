using System.Buffers.Binary;

namespace Reassembly.Cli.Doctor.Wire;

/// <summary>What stands before the payload of a frame (RFC 6455, section 5.2).</summary>
/// <param name="Bytes">Bytes of the head itself, mask included.</param>
internal readonly record struct FrameHead(bool Final, bool Compressed, byte Opcode, bool Masked, ulong Length, int Bytes)
{
    /// <summary>Most bytes that a head has.</summary>
    public const int MaxBytes = 14;

    /// <returns>Whether the whole head is there.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out FrameHead head)
    {
        head = default;
        if (bytes.Length < 2)
        {
            return false;
        }

        var masked = (bytes[1] & 0x80) != 0;
        var shortLength = bytes[1] & 0x7f;
        var lengthBytes = shortLength switch { 126 => 2, 127 => 8, _ => 0 };
        var total = 2 + lengthBytes + (masked ? 4 : 0);
        if (bytes.Length < total)
        {
            return false;
        }

        var length = lengthBytes switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            8 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
            _ => (ulong)shortLength,
        };
        head = new FrameHead((bytes[0] & 0x80) != 0, (bytes[0] & 0x40) != 0, (byte)(bytes[0] & 0x0f), masked, length, total);
        return true;
    }

    /// <summary>Writes the head of a client's frame, which is always masked.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> target, byte opcode, bool final, int length, ReadOnlySpan<byte> mask)
    {
        target[0] = (byte)((final ? 0x80 : 0) | opcode);
        var at = 2;
        switch (length)
        {
            case < 126:
                target[1] = (byte)(0x80 | length);
                break;
            case <= ushort.MaxValue:
                target[1] = 0x80 | 126;
                BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)length);
                at += 2;
                break;
            default:
                target[1] = 0x80 | 127;
                BinaryPrimitives.WriteUInt64BigEndian(target[2..], (ulong)length);
                at += 8;
                break;
        }

        mask.CopyTo(target[at..]);
        return at + mask.Length;
    }
}
