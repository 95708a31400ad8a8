using System.Buffers.Binary;

namespace Reassembly.Edge.Transport;

/// <summary>
/// Follows the frame headers of RFC 6455 in what a client sends, without touching the bytes. The WebSocket of .NET tells neither how
/// long a frame claims to be nor which message it belongs to before it has been read; this does, so that a frame that is too
/// big can be named with its real size. Nothing is allocated by a claim.
/// <para>A header is two bytes, then 0, 2 or 8 bytes of length, then a mask of four bytes, then the payload:
/// <see cref="Observe"/> gathers up to ten header bytes and counts the rest away, so the input may be cut anywhere.</para>
/// </summary>
internal sealed class WebSocketFrameObserver
{
    private const string NotMasked = "the frame is not masked, as every frame of a client must be";
    private const int LongestHeader = 10;
    private const int MaskBytes = 4;
    private const int LongestControlPayload = 125;

    private readonly byte[] _header = new byte[LongestHeader];
    private int _headerBytes;
    private ulong _toSkip;
    private bool _insideMessage;
    private bool _isCompressed;

    /// <summary>Whether permessage-deflate was agreed on: then the first reserved bit may mark a message as compressed (RFC 7692, section 6).</summary>
    public bool MayBeCompressed { get; set; }

    /// <summary>Data messages whose first header has been seen.</summary>
    public long Messages { get; private set; }

    /// <summary>Bytes of payload that the frames of the latest message claim so far.</summary>
    public long ClaimedBytes { get; private set; }

    /// <summary>What broke the framing, as a sentence; nothing is followed after it.</summary>
    public string? Violation { get; private set; }

    /// <summary>
    /// What the frames of a message claim so far, or 0 once a later message has begun: the socket reads a little ahead, so that
    /// a short message may have been passed already. Also 0 where it is compressed: what the frames carry is neither the least nor the most
    /// that comes out, and bytes that do not compress come in somewhat more than they are.
    /// </summary>
    /// <param name="message">The first message is 1.</param>
    public long ClaimOf(long message) => message == Messages && !_isCompressed ? ClaimedBytes : 0;

    /// <summary>Follows the next bytes.</summary>
    public void Observe(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && Violation is null)
        {
            if (_toSkip > 0)
            {
                var skipped = (int)Math.Min(_toSkip, (ulong)bytes.Length);
                _toSkip -= (ulong)skipped;
                bytes = bytes[skipped..];
                continue;
            }

            _header[_headerBytes++] = bytes[0];
            bytes = bytes[1..];
            if (_headerBytes >= 2 && _headerBytes == 2 + LengthBytes)
            {
                EndHeader();
            }
        }
    }

    private int LengthBytes => (_header[1] & 0x7F) switch
    {
        126 => 2,
        127 => 8,
        _ => 0,
    };

    private void EndHeader()
    {
        var final = (_header[0] & 0x80) != 0;
        var opcode = _header[0] & 0x0F;
        var masked = (_header[1] & 0x80) != 0;
        var length = LengthBytes switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
            8 => BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
            _ => (ulong)(_header[1] & 0x7F),
        };
        _headerBytes = 0;
        Violation = FindViolation(final, opcode, masked, length);
        if (Violation is not null)
        {
            return;
        }

        _toSkip = length + MaskBytes;
        if (opcode < 8)
        {
            FollowMessage(opcode, final, (long)length);
        }
    }

    private void FollowMessage(int opcode, bool final, long length)
    {
        if (opcode != 0)
        {
            Messages++;
            ClaimedBytes = 0;
            _isCompressed = (_header[0] & 0x40) != 0;
        }

        ClaimedBytes = length > long.MaxValue - ClaimedBytes ? long.MaxValue : ClaimedBytes + length;
        _insideMessage = !final;
    }

    private string? FindViolation(bool final, int opcode, bool masked, ulong length) => opcode switch
    {
        1 or 2 when MayBeCompressed && (_header[0] & 0x70) == 0x40 => FindViolationOfData(opcode, masked, length),
        _ when (_header[0] & 0x70) != 0 => "a reserved bit of the frame header is set, and no extension was agreed on",
        < 8 => FindViolationOfData(opcode, masked, length),
        _ when !masked => NotMasked,
        >= 11 => $"frame opcode {opcode} is not known",
        _ when !final || length > LongestControlPayload => $"a control frame is in one piece of at most {LongestControlPayload} bytes",
        _ => null,
    };

    private string? FindViolationOfData(int opcode, bool masked, ulong length) => opcode switch
    {
        _ when !masked => NotMasked,
        _ when length > long.MaxValue => "the frame length has its highest bit set",
        0 when !_insideMessage => "a continuation frame came without a message to continue",
        1 or 2 when _insideMessage => "a new message began before the last one had ended",
        >= 3 => $"frame opcode {opcode} is not known",
        _ => null,
    };
}
