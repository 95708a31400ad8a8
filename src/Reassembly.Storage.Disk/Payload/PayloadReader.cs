using Microsoft.Win32.SafeHandles;
using Reassembly.Core;

namespace Reassembly.Storage.Disk.Payload;

/// <summary>Reads payload bytes; a file that is not there is the caller's to judge.</summary>
internal sealed class PayloadReader(PayloadFiles files)
{
    /// <returns>Bytes read, or -1 where there is no file.</returns>
    public async ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        PayloadFile file;
        try
        {
            file = files.Rent(key, create: false);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return -1;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A folder that turned read-only still gives what it has.
            using var handle = File.OpenHandle(files.Paths.PathOf(key));
            return await ReadAsync(handle, offset, destination, cancellationToken).ConfigureAwait(false);
        }

        // A file that somebody removed can still be read through a kept handle, for as long as that is kept.
        var exists = File.Exists(file.Path);
        try
        {
            return exists ? await ReadAsync(file.Handle, offset, destination, cancellationToken).ConfigureAwait(false) : -1;
        }
        finally
        {
            files.Return(file, doomed: !exists);
        }
    }

    private static async ValueTask<int> ReadAsync(SafeFileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var read = await RandomAccess.ReadAsync(handle, destination[total..], offset + total, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }
}
