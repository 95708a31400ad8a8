using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Grains.Hosting;
using Reassembly.Grains.Tests.Hosting;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Integrity;
using Reassembly.Testing;
using Xunit.Abstractions;

namespace Reassembly.Grains.Tests.Routing;

/// <summary>What a hop between edge and grain costs: two silos on real sockets, the same chunks to a grain beside the edge and to one on the other silo.</summary>
public sealed class HopCostTests(ITestOutputHelper output)
{
    private const int ChunkBytes = 65_488;
    private const int Chunks = 1_000;
    private const int Warmup = 200;
    private const int InFlight = 16;

    [Fact]
    public async Task A_hop_costs_what_is_printed_here()
    {
        var store = new SharedStore();
        int[] ports = [LoopbackPort.Next(), LoopbackPort.Next(), LoopbackPort.Next(), LoopbackPort.Next()];
        using var first = await StartSiloAsync(store, ports[0], ports[1], ports[0]);
        using var second = await StartSiloAsync(store, ports[2], ports[3], ports[0]);
        foreach (var inFlight in (int[])[1, InFlight])
        {
            await RunAsync(first, first, inFlight, Warmup);
            await RunAsync(first, second, inFlight, Warmup);
            var beside = await RunAsync(first, first, inFlight, Chunks);
            var hop = await RunAsync(first, second, inFlight, Chunks);
            output.WriteLine($"{inFlight,2} in flight: beside the edge {beside:0} µs a chunk of {ChunkBytes} bytes, on the other silo {hop:0} µs: +{hop - beside:0} µs, × {hop / beside:0.00}");
        }

        output.WriteLine($"of that, two checksums: {2 * MeasureChecksum():0} µs");
        await second.StopAsync();
        await first.StopAsync();
    }

    /// <summary>Sends a message whose grain is beside the first chunk's edge.</summary>
    /// <returns>Microseconds a chunk.</returns>
    private static async Task<double> RunAsync(IHost owner, IHost edge, int inFlight, int chunkCount)
    {
        var message = new TestMessage(new Random(9), ChunkBytes * (chunkCount + 1), TimeProvider.System.GetUtcNow());
        var chunks = message.Chunks(ChunkBytes);
        await Router(owner).AppendAsync(message.Key, [chunks[0]], CancellationToken.None);
        var router = Router(edge);
        var next = 0;
        OutcomeMessage? outcome = null;
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            for (var index = Interlocked.Increment(ref next); index < chunks.Count; index = Interlocked.Increment(ref next))
            {
                if ((await router.AppendAsync(message.Key, [chunks[index]], CancellationToken.None)).Outcome is { } end)
                {
                    outcome = end;
                }
            }
        }));
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        Assert.Equal(message.Sha256, outcome!.Sha256);
        return elapsed.TotalMicroseconds / chunkCount;
    }

    private static double MeasureChecksum()
    {
        var bytes = new byte[ChunkBytes];
        var started = TimeProvider.System.GetTimestamp();
        for (var round = 0; round < Chunks; round++)
        {
            bytes[0] = (byte)Crc32C.Compute(bytes);
        }

        return TimeProvider.System.GetElapsedTime(started).TotalMicroseconds / Chunks;
    }

    private static async Task<IHost> StartSiloAsync(SharedStore store, int siloPort, int gatewayPort, int primaryPort)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddReassemblyCore();
        builder.Services.AddSingleton<IMessageStore>(store);
        builder.Services.AddSingleton(store.Catalogue);
        builder.Services.AddSingleton(store.Ledger);
        builder.UseOrleans(silo => silo.AddReassemblyGrains().UseLocalhostClustering(siloPort, gatewayPort, new IPEndPoint(IPAddress.Loopback, primaryPort)));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static IMessageRouter Router(IHost host) => host.Services.GetRequiredService<IMessageRouter>();
}
