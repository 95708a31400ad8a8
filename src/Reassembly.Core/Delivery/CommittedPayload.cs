using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Core.Delivery;

/// <summary>A whole payload on its way to a sink. Its bytes stay in the store and are streamed from there.</summary>
public sealed class CommittedPayload
{
    private readonly IMessageStore _store;
    private readonly MessageKey _key;

    /// <param name="store">Where the bytes are.</param>
    /// <param name="key">The message.</param>
    /// <param name="record">Its record, with a <c>committed</c> outcome.</param>
    /// <param name="attempt">1 for the first delivery since this node started.</param>
    public CommittedPayload(IMessageStore store, MessageKey key, MessageRecord record, int attempt)
    {
        ArgumentNullException.ThrowIfNull(record);
        _store = store;
        _key = key;
        Attempt = attempt;
        Size = record.Outcome?.Size ?? throw new ArgumentException("a committed message has a size", nameof(record));
        Sha256 = record.Outcome.Sha256 ?? throw new ArgumentException("a committed message has a digest", nameof(record));
        Channel = record.Open?.Channel ?? WireProtocol.DefaultChannel;
        ContentType = record.Open?.ContentType;
        ContentEncoding = record.Open?.ContentEncoding ?? ContentEncodings.Identity;
        Headers = record.Open?.Headers ?? new Dictionary<string, string>();
    }

    public MessageId Id => _key.Id;

    public string Tenant => _key.Tenant;

    public string Channel { get; }

    /// <summary>Bytes of the payload as sent: compressed where <see cref="ContentEncoding"/> says so.</summary>
    public long Size { get; }

    /// <summary>SHA-256 of the payload as sent, 64 lower-case hex digits.</summary>
    public string Sha256 { get; }

    public string? ContentType { get; }

    public string ContentEncoding { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    public int Attempt { get; }

    /// <summary>A seekable stream over the stored bytes; the caller disposes it.</summary>
    public Stream OpenRead() => new StoredPayloadStream(_store, _key, Size);
}
