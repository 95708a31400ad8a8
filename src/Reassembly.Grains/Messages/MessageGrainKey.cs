using Reassembly.Core;
using Reassembly.Protocol;

namespace Reassembly.Grains.Messages;

/// <summary>The key of a message's grain: tenant, slash, id. An id is always 36 characters, so a tenant may hold slashes itself.</summary>
internal static class MessageGrainKey
{
    private const int IdLength = 36;
    private const char Separator = '/';

    public static string Format(MessageKey key) => string.Concat(key.Tenant, "/", key.Id.ToString());

    /// <exception cref="FormatException">The text is no such key: whoever calls the grain did not make it here.</exception>
    public static MessageKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var separator = text.Length - IdLength - 1;
        return separator >= 0 && text[separator] == Separator && MessageId.TryParse(text.AsSpan(separator + 1), out var id)
            ? new MessageKey(text[..separator], id)
            : throw new FormatException($"'{text}' is not the key of a message: it is a tenant, a slash and a UUID in canonical lower case.");
    }
}
