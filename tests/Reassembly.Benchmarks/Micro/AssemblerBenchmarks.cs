using BenchmarkDotNet.Attributes;
using Reassembly.Core.Messages;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Benchmarks.Micro;

/// <summary>One step of the state machine for one chunk: look at it, admit it, confirm it. The bytes before <see cref="From"/> are durable.</summary>
[MemoryDiagnoser]
public class AssemblerBenchmarks
{
    private const int Chunks = 1024;
    private const int ChunkBytes = 60 * 1024;

    private readonly ProtocolLimits _limits = new() { MessageBytes = 1L << 40 };
    private readonly ChunkHeader[] _chunks = new ChunkHeader[Chunks];
    private MessageRecord? _record;

    /// <summary>In which order the chunks come.</summary>
    public enum Arrival
    {
        /// <summary>Each where the one before ended.</summary>
        InOrder,

        /// <summary>The last first.</summary>
        Reversed,

        /// <summary>Every other one, then those between: as many gaps as there can be.</summary>
        Interleaved,
    }

    [Params(Arrival.InOrder, Arrival.Reversed, Arrival.Interleaved)]
    public Arrival Order { get; set; }

    /// <summary>Where in the message the chunks lie.</summary>
    [Params(1L << 20, 4L << 30)]
    public long From { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _record = new MessageRecord { CreatedAt = default, ExpiresAt = default, Durable = [new ByteRange(0, From)] };
        for (var index = 0; index < Chunks; index++)
        {
            var place = Order switch
            {
                Arrival.Reversed => Chunks - 1 - index,
                Arrival.Interleaved => index < Chunks / 2 ? index * 2 : ((index - (Chunks / 2)) * 2) + 1,
                _ => index,
            };
            _chunks[index] = new ChunkHeader { Offset = From + ((long)place * ChunkBytes), PayloadLength = ChunkBytes, TotalSize = ChunkHeader.UnknownSize };
        }
    }

    [Benchmark(OperationsPerInvoke = Chunks)]
    public long Step()
    {
        var assembler = new MessageAssembler(default, _limits, _record);
        foreach (ref readonly var chunk in _chunks.AsSpan())
        {
            if (assembler.Check(chunk).Action == ChunkAction.Admit)
            {
                assembler.Admit(chunk);
                assembler.Confirm();
            }
        }

        return assembler.Durable.Bytes;
    }
}
