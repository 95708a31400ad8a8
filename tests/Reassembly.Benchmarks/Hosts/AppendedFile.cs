using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Reassembly.Benchmarks.Hosts;

/// <summary>
/// A payload on its way into a file as somebody who knows what he does would write it for this one purpose: SHA-256, append, a flush to disk after each
/// MiB. Nothing is copied, and while one MiB is hashed and written the next one is received; more is not begun before that is durable.
/// </summary>
internal sealed class AppendedFile : IDisposable
{
    private const int FlushBytes = 1 << 20;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Stretch _gathering = new();
    private Stretch _writing = new();
    private Task _write = Task.CompletedTask;
    private long _offset;

    public AppendedFile(string path)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
    }

    /// <summary>An array to receive a frame in.</summary>
    public static byte[] RentFrame(int bytes) => ArrayPool<byte>.Shared.Rent(bytes);

    /// <summary>Takes the next bytes and the array that they lie in, which goes back to where it came from.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> payload, byte[] frame)
    {
        _gathering.Pieces.Add(payload);
        _gathering.Frames.Add(frame);
        _gathering.Bytes += payload.Length;
        if (_gathering.Bytes >= FlushBytes)
        {
            await BeginWriteAsync();
        }
    }

    /// <summary>Completes when all of it is durable.</summary>
    /// <returns>The digest in hexadecimal.</returns>
    public async Task<string> EndAsync()
    {
        await BeginWriteAsync();
        await _write;
        return Convert.ToHexStringLower(_digest.GetHashAndReset());
    }

    /// <summary>Removes the file.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _digest.Dispose();
        File.Delete(_path);
    }

    private async ValueTask BeginWriteAsync()
    {
        await _write;
        (_gathering, _writing) = (_writing, _gathering);
        _write = Task.Run(Write);
    }

    private void Write()
    {
        foreach (var piece in _writing.Pieces)
        {
            _digest.AppendData(piece.Span);
        }

        RandomAccess.Write(_file, _writing.Pieces, _offset);
        RandomAccess.FlushToDisk(_file);
        _offset += _writing.Bytes;
        _writing.Clear();
    }

    /// <summary>About a MiB, in the frames it came in.</summary>
    private sealed class Stretch
    {
        public List<ReadOnlyMemory<byte>> Pieces { get; } = [];

        public List<byte[]> Frames { get; } = [];

        public long Bytes { get; set; }

        public void Clear()
        {
            Frames.ForEach(static frame => ArrayPool<byte>.Shared.Return(frame));
            Frames.Clear();
            Pieces.Clear();
            Bytes = 0;
        }
    }
}
