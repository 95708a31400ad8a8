using Reassembly.Core;
using Reassembly.Protocol;
using Reassembly.Storage.Files.Folder;

namespace Reassembly.Storage.Disk.Payload;

/// <summary>
/// Where payload files lie: <c>payload/ff/0199….ff</c>, in 256 folders by the last two digits of the id (the first are a clock),
/// and with the tenant before the id where it is not the default: <c>payload/ff/acme~0199….ff</c>.
/// </summary>
internal sealed class PayloadPaths(string root)
{
    private const int IdLength = 36;
    private const int ShardDigits = 2;

    public string Root { get; } = root;

    public string PathOf(MessageKey key)
    {
        var name = NameOf(key);
        return Path.Join(Root, name.AsSpan(name.Length - ShardDigits), name);
    }

    public static string NameOf(MessageKey key)
        => key.Tenant == MessageKey.DefaultTenant ? key.Id.ToString() : $"{FileNames.Encode(key.Tenant)}~{key.Id}";

    /// <summary>The id at the end of a file's name, where it is one of these names.</summary>
    public static bool TryReadId(ReadOnlySpan<char> fileName, out MessageId id)
    {
        id = default;
        return fileName.Length >= IdLength && MessageId.TryParse(fileName[^IdLength..], out id);
    }
}
