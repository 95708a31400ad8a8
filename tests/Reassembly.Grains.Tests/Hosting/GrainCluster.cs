using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using Orleans.TestingHost;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Grains.Hosting;
using Reassembly.Grains.Messages;

namespace Reassembly.Grains.Tests.Hosting;

/// <summary>Silos in this process, and a client, over one store. They speak over connections in memory, and serialise what they say.</summary>
internal sealed class GrainCluster : IAsyncDisposable
{
    /// <summary>How long anything may take before the test fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InProcessTestCluster _cluster;

    private GrainCluster(SharedStore store, InProcessTestCluster cluster)
    {
        Store = store;
        _cluster = cluster;
    }

    public SharedStore Store { get; }

    public IReadOnlyList<InProcessSiloHandle> Silos => _cluster.Silos;

    /// <summary>An edge that is a client of the silos.</summary>
    public IMessageRouter ClientRouter => _cluster.Client.ServiceProvider.GetRequiredService<IMessageRouter>();

    public static async Task<GrainCluster> StartAsync(short silos = 3, Action<IServiceCollection>? configure = null)
    {
        var store = new SharedStore();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureHost(host =>
        {
            host.Logging.SetMinimumLevel(LogLevel.None);
            host.Services.AddReassemblyCore();
            host.Services.AddSingleton<IMessageStore>(store);
            host.Services.AddSingleton(store.Catalogue);
            host.Services.AddSingleton(store.Ledger);
            configure?.Invoke(host.Services);
        });
        builder.ConfigureSilo(static (_, silo) => silo.AddReassemblyGrains());
        builder.ConfigureClient(static client => client.AddReassemblyGrains());
        builder.ConfigureClientHost(static host => new ReassemblyBuilder(host.Services).OwnNoMessages());
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new GrainCluster(store, cluster);
    }

    /// <summary>The edge on a silo.</summary>
    public IMessageRouter Router(int silo) => Router(Silos[silo]);

    public static IMessageRouter Router(InProcessSiloHandle silo) => silo.SiloHost.Services.GetRequiredService<IMessageRouter>();

    /// <summary>The sessions on a silo.</summary>
    public InProcessMessageRouter Sessions(int silo) => Silos[silo].SiloHost.Services.GetRequiredService<InProcessMessageRouter>();

    public Serializer<T> Serializer<T>() => Silos[0].SiloHost.Services.GetRequiredService<Serializer<T>>();

    /// <summary>Whether a message has a grain now.</summary>
    public bool HasGrain(MessageKey key) => _cluster.TryGetGrainContext(GrainId(key), out _);

    /// <summary>Takes the grain of a message away, as a failing directory or a rebalancing would.</summary>
    public Task TakeGrainAwayAsync(MessageKey key) => _cluster.DeactivateAsync(GrainId(key));

    private GrainId GrainId(MessageKey key) => _cluster.Client.GetGrain<IMessageGrain>(MessageGrainKey.Format(key)).GetGrainId();

    public Task StopSiloAsync(InProcessSiloHandle silo) => _cluster.StopSiloAsync(silo);

    public Task KillSiloAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    public Task<InProcessSiloHandle> AddSiloAsync() => _cluster.StartAdditionalSiloAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }
}
