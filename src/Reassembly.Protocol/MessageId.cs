using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Reassembly.Protocol;

/// <summary>
/// The identity of a message: a UUID chosen by its sender, in RFC 9562 byte order on the wire and in canonical lower
/// case as text.
/// </summary>
public readonly record struct MessageId(Guid Value) : IComparable<MessageId>
{
    /// <summary>Bytes of an id in a frame.</summary>
    public const int Size = 16;

    private const int TextLength = 36;

    private static readonly SearchValues<char> CanonicalCharacters = SearchValues.Create("0123456789abcdef-");

    /// <summary>A new version 7 UUID: time-ordered, so that catalogues append instead of scattering.</summary>
    /// <param name="now">The current time; the caller's clock, since this project has none.</param>
    public static MessageId NewVersion7(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    /// <summary>Reads 16 bytes in network order.</summary>
    public static MessageId Read(ReadOnlySpan<byte> source) => new(new Guid(source[..Size], bigEndian: true));

    /// <summary>Writes 16 bytes in network order.</summary>
    public void Write(Span<byte> destination) => Value.TryWriteBytes(destination, bigEndian: true, out _);

    /// <summary>Parses the canonical form only: 36 characters, lower case, hyphens at their places.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MessageId id) => TryParse(text.AsSpan(), out id);

    /// <inheritdoc cref="TryParse(string?, out MessageId)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out MessageId id)
    {
        id = default;
        // Guid takes forms such as 0x99c0de-… and +199c0de-… for a number's digits: only what canonical text is made of goes in.
        if (text.Length != TextLength || text.ContainsAnyExcept(CanonicalCharacters) || !Guid.TryParseExact(text, "D", out var value))
        {
            return false;
        }

        id = new MessageId(value);
        return true;
    }

    public int CompareTo(MessageId other) => Value.CompareTo(other.Value);

    /// <summary>The canonical form: 36 characters, lower case.</summary>
    public override string ToString() => Value.ToString("D");

    public static bool operator <(MessageId left, MessageId right) => left.CompareTo(right) < 0;

    public static bool operator >(MessageId left, MessageId right) => left.CompareTo(right) > 0;

    public static bool operator <=(MessageId left, MessageId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(MessageId left, MessageId right) => left.CompareTo(right) >= 0;
}
