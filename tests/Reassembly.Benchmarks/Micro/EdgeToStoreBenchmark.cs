using BenchmarkDotNet.Attributes;

namespace Reassembly.Benchmarks.Micro;

/// <summary>Time and allocation of one chunk of 64 KiB from socket to durable ack.</summary>
[MemoryDiagnoser]
public class EdgeToStoreBenchmark
{
    private const int Chunks = 1024;

    private EdgeToStore? _host;

    [GlobalSetup]
    public async Task SetupAsync() => _host = await EdgeToStore.StartAsync();

    [GlobalCleanup]
    public async Task CleanupAsync() => await _host!.DisposeAsync();

    [Benchmark(OperationsPerInvoke = Chunks)]
    public void Chunk() => _host!.Send(Chunks);
}
