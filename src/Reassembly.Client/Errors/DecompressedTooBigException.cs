using Reassembly.Protocol;

namespace Reassembly.Client.Errors;

/// <summary>
/// A payload decompresses to more than was allowed. Receiving it again ends the same way: allow more, take it without decompression,
/// or complete it to be rid of it.
/// </summary>
public sealed class DecompressedTooBigException : ReassemblyException
{
    public DecompressedTooBigException(MessageId id, long maxBytes)
        : base($"message {id} decompresses to more than the {maxBytes} bytes allowed")
    {
        Id = id;
        MaxBytes = maxBytes;
    }

    /// <summary>The message concerned.</summary>
    public MessageId Id { get; }

    /// <summary>The most bytes that were allowed.</summary>
    public long MaxBytes { get; }
}
