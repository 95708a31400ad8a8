using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Reassembly.Core;
using Reassembly.Core.Limits;
using Reassembly.Core.Messages;
using Reassembly.Core.Routing;
using Reassembly.Protocol;
using Reassembly.Protocol.Frames;

namespace Reassembly.Benchmarks.Micro;

/// <summary>
/// What a session adds to a chunk of 1 KiB, digest included, before a store that takes no time: one call after the other, and many at once, which share the
/// rounds and so the writes.
/// </summary>
[MemoryDiagnoser]
public class SessionBenchmarks
{
    private const int Chunks = 1024;
    private const int ChunkBytes = 1024;

    private readonly byte[] _payload = new byte[ChunkBytes];
    private readonly List<Task> _calls = [];
    private MessageSession? _session;
    private long _offset;

    /// <summary>How many calls wait at once.</summary>
    [Params(1, 64)]
    public int Calls { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        var limits = new ProtocolLimits { MessageBytes = WireProtocol.MaxSafeInteger };
        var context = new SessionContext(new ForgetfulStore(), limits, new StorageQuota(0), new NobodyListens(), TimeProvider.System, now, NullLogger.Instance);
        (_session, _) = await MessageSession.ActivateAsync(MessageKey.Default(MessageId.NewVersion7(now)), context, CancellationToken.None);
    }

    [GlobalCleanup]
    public void Cleanup() => _session!.Dispose();

    [Benchmark(OperationsPerInvoke = Chunks)]
    public async Task Append()
    {
        for (var sent = 0; sent < Chunks; sent += Calls)
        {
            _calls.Clear();
            for (var call = 0; call < Calls; call++)
            {
                var header = new ChunkHeader { Offset = _offset, PayloadLength = ChunkBytes, TotalSize = ChunkHeader.UnknownSize };
                _offset += ChunkBytes;
                _calls.Add(_session!.AppendAsync([new Chunk(header, _payload)]));
            }

            await Task.WhenAll(_calls);
        }
    }
}
