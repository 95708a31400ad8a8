using System.Security.Cryptography;
using Reassembly.Client.Receiving;
using Reassembly.Storage.Files.Folder;

namespace Reassembly.Cli.Receiving;

/// <summary>Where received payloads go: a file for each message, named by its id, that is there only when it is whole and on the disk.</summary>
internal sealed class ReceiveFolder
{
    private const int BufferBytes = 65_536;

    private readonly string _path;
    private readonly bool _raw;

    /// <param name="path">The folder; made where it is missing.</param>
    /// <param name="raw">Whether compressed payloads are left compressed.</param>
    public ReceiveFolder(string path, bool raw)
    {
        _raw = raw;
        _path = Path.GetFullPath(path);
        Directory.CreateDirectory(_path);
    }

    public string PathOf(ReceivedMessage message) => Path.Combine(_path, message.Id.ToString());

    /// <summary>Whether the message was received before. What was decompressed has another digest: there its name alone says it.</summary>
    public async Task<bool> HasAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(message));
        var isAsSent = _raw || message.ContentEncoding is null;
        if (!file.Exists || !isAsSent)
        {
            return file.Exists;
        }

        if (file.Length != message.Size)
        {
            return false;
        }

        await using var content = file.OpenRead();
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)) == message.Sha256;
    }

    /// <summary>Writes the body, verified by its end, beside its place and then moves it there.</summary>
    public async Task WriteAsync(ReceivedMessage message, Action<int> written, CancellationToken cancellationToken)
    {
        // An attempt that was lost may still be letting go of its own.
        var part = Path.Combine(_path, $".{message.Id}.{message.Attempt}.part");
        try
        {
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous))
            {
                var buffer = new byte[BufferBytes];
                int count;
                while ((count = await message.Body.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                    written(count);
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(part, PathOf(message), overwrite: true);
            DirectorySync.Flush(_path);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
