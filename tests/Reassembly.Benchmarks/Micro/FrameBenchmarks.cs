using BenchmarkDotNet.Attributes;
using Reassembly.Protocol;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Integrity;

namespace Reassembly.Benchmarks.Micro;

/// <summary>A chunk frame read and written, and its checksum with and without processor instructions.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private readonly byte[] _frame = new byte[64 * 1024];
    private ChunkHeader _header;

    [GlobalSetup]
    public void Setup()
    {
        new Random(1).NextBytes(_frame);
        _header = new ChunkHeader { Id = MessageId.NewVersion7(DateTimeOffset.UnixEpoch), PayloadLength = _frame.Length - ChunkHeader.Size, TotalSize = ChunkHeader.UnknownSize };
        ChunkFrame.WriteHeader(_frame, _header, _frame.AsSpan(ChunkHeader.Size));
    }

    [Benchmark]
    public bool Read() => ChunkFrame.TryRead(_frame.AsMemory(), out _, out _, out _);

    [Benchmark]
    public void Write() => ChunkFrame.WriteHeader(_frame, _header, _frame.AsSpan(ChunkHeader.Size));

    [Benchmark]
    public uint CrcHardware() => Crc32C.AppendHardware(0, _frame);

    [Benchmark]
    public uint CrcSoftware() => Crc32C.AppendSoftware(0, _frame);
}
