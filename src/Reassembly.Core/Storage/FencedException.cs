namespace Reassembly.Core.Storage;

/// <summary>Somebody claimed the message after this owner did: the owner steps down, and whoever called it asks the new one.</summary>
public sealed class FencedException(MessageKey key, long epoch)
    : Exception($"message {key} was claimed by a newer owner than epoch {epoch}")
{
    public MessageKey Key { get; } = key;

    public long Epoch { get; } = epoch;
}
