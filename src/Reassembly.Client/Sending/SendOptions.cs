using Reassembly.Protocol;

namespace Reassembly.Client.Sending;

/// <summary>What a message is. Immutable.</summary>
public sealed record SendOptions
{
    /// <summary>
    /// The id of the message. With an id of its own a send asks the server first where that message stands and sends only what is
    /// missing: so an interrupted send goes on in another process.
    /// </summary>
    /// <value><see langword="null"/>: a new version 7 UUID</value>
    public MessageId? Id { get; init; }

    /// <summary>Where it is delivered; 1 to 255 characters.</summary>
    /// <value><see langword="null"/>: the server's <c>default</c></value>
    public string? Channel { get; init; }

    /// <summary>Media type; handed on, never interpreted.</summary>
    public string? ContentType { get; init; }

    /// <summary>Further headers; handed on, never interpreted.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Time after which the server gives an unfinished message up; whole seconds, rounded up. Can only shorten the server's own limit.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Compresses before cutting. The size on the wire is then not known before the end.</summary>
    /// <value><see cref="PayloadCompression.None"/></value>
    public PayloadCompression Compression { get; init; }

    /// <summary>
    /// SHA-256 of the payload as sent, 64 lower-case hex digits, where the caller has it: the server then refuses other bytes. Not
    /// together with <see cref="Compression"/>.
    /// </summary>
    public string? Sha256 { get; init; }

    internal void Validate()
    {
        if (Sha256 is not null && Compression != PayloadCompression.None)
        {
            throw new ArgumentException("a digest announced up front is that of the bytes sent, which compression changes: give one or the other");
        }

        if (Sha256 is { } hex && (hex.Length != 64 || !hex.All(char.IsAsciiHexDigitLower)))
        {
            throw new ArgumentException("Sha256 must be 64 lower-case hex digits");
        }

        if (Channel is { Length: 0 or > 255 } || ContentType is { Length: 0 or > 255 })
        {
            throw new ArgumentException("Channel and ContentType must have 1 to 255 characters");
        }

        if (TimeToLive <= TimeSpan.Zero)
        {
            throw new ArgumentException("TimeToLive must be above zero");
        }
    }
}
