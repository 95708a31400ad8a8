using System.Buffers;
using System.Security.Cryptography;
using Reassembly.Core;
using Reassembly.Core.Delivery;
using Reassembly.Storage.Files.Folder;

namespace Reassembly.Storage.Disk.Delivery;

/// <summary>
/// Puts whole payloads into a directory: <c>channel/id</c>, and <c>channel/id.json</c> that describes it. Everything is written
/// under a name with a leading dot, flushed and renamed, the payload last: a payload that is there is whole, and its description
/// is there too. What a crash left under such a name is written over by the repeat.
/// </summary>
public sealed class DirectorySink : IDeliverySink
{
    private const int BufferBytes = 128 * 1024;

    private readonly string _root;

    /// <param name="directory">Where payloads appear; made where it is not there.</param>
    public DirectorySink(string directory) => _root = Path.GetFullPath(directory);

    /// <summary>Called before each rename, with the name that is about to appear; what it throws is taken for a crash there.</summary>
    internal Action<string>? BeforeRename { get; set; }

    public string Name => "directory";

    /// <exception cref="InvalidDataException">The bytes in the store are not those that were committed; nothing appears.</exception>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public async Task DeliverAsync(CommittedPayload payload, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payload);
        var folder = FolderOf(payload);
        var path = Path.Combine(folder, payload.Id.ToString());
        var description = path + ".json";
        if (!IsThere(payload, path, description))
        {
            Make(folder);
            var temporary = Path.Combine(folder, $".{payload.Id}");
            await CopyAsync(payload, temporary, cancellationToken).ConfigureAwait(false);
            await WriteAsync(DeliveryDescription.Write(payload), temporary + ".json", cancellationToken).ConfigureAwait(false);
            Rename(temporary + ".json", description);
            Rename(temporary, path);
        }

        // Also where an earlier attempt renamed: it may have died before this.
        DirectorySync.Flush(folder);
    }

    private static bool IsThere(CommittedPayload payload, string path, string description)
        => new FileInfo(path) is { Exists: true } file && file.Length == payload.Size && File.Exists(description);

    private static async Task CopyAsync(CommittedPayload payload, string temporary, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var source = payload.OpenRead();
            await using var _ = source.ConfigureAwait(false);
            using var target = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write);
            var offset = 0L;
            for (int read; (read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; offset += read)
            {
                digest.AppendData(buffer, 0, read);
                await RandomAccess.WriteAsync(target, buffer.AsMemory(0, read), offset, cancellationToken).ConfigureAwait(false);
            }

            var sha256 = Convert.ToHexStringLower(digest.GetHashAndReset());
            if (offset != payload.Size || sha256 != payload.Sha256)
            {
                throw new InvalidDataException($"message {payload.Id} is {offset} bytes with SHA-256 {sha256} in the store; committed were {payload.Size} bytes with {payload.Sha256}");
            }

            RandomAccess.FlushToDisk(target);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task WriteAsync(ReadOnlyMemory<byte> bytes, string temporary, CancellationToken cancellationToken)
    {
        using var target = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write);
        await RandomAccess.WriteAsync(target, bytes, 0, cancellationToken).ConfigureAwait(false);
        RandomAccess.FlushToDisk(target);
    }

    private string FolderOf(CommittedPayload payload)
    {
        var channel = FileNames.Encode(payload.Channel);
        return payload.Tenant == MessageKey.DefaultTenant
            ? Path.Combine(_root, channel)
            : Path.Combine(_root, FileNames.Encode(payload.Tenant), channel);
    }

    /// <summary>Makes a folder and those above it, and makes their entries durable.</summary>
    private static void Make(string folder)
    {
        if (Directory.Exists(folder) || Path.GetDirectoryName(folder) is not { } parent)
        {
            return;
        }

        Make(parent);
        Directory.CreateDirectory(folder);
        DirectorySync.Flush(parent);
    }

    private void Rename(string from, string to)
    {
        BeforeRename?.Invoke(to);
        File.Move(from, to, overwrite: true);
    }
}
