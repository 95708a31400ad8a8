using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Reassembly.Core.Routing;
using Reassembly.Grains.Routing;

namespace Reassembly.Grains.Hosting;

/// <summary>Sets a silo, or a client of silos, up to route messages to grains.</summary>
public static class ReassemblyGrains
{
    /// <summary>How long an edge that is a client takes to hear of gateways that came or went.</summary>
    public static TimeSpan GatewayRefresh { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Calls waiting for one message; the edges' bounds on unacked bytes come long before.</summary>
    private const int MaxWaitingCalls = 10_000;

    /// <summary>
    /// The silo hosts messages, and its edge, if it has one, routes to them. Needs <c>AddReassembly()</c> or <c>AddReassemblyCore()</c> with a
    /// store that all silos share, and a membership provider.
    /// <para>The grain directory is Orleans' own. After a kill it has some messages of surviving silos claimed again (0 to 19 of 40, none waited
    /// longer than 1 s), which the experimental distributed directory does not; those of the killed silo go on after 1.6 to 2.9 s with
    /// the one and 2.1 to 2.7 s with the other.</para>
    /// </summary>
    public static ISiloBuilder AddReassemblyGrains(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.AddRouter();
        silo.Configure<ClusterMembershipOptions>(DetectDeathsInSeconds);
        silo.Configure<SiloMessagingOptions>(static options => options.MaxEnqueuedRequestsHardLimit = MaxWaitingCalls);
        return silo;
    }

    /// <summary>The process hosts no messages; its edge routes to the silos. Needs <c>AddReassembly()</c> with the silos' store, and a gateway list provider.</summary>
    public static IClientBuilder AddReassemblyGrains(this IClientBuilder client)
    {
        ArgumentNullException.ThrowIfNull(client);
        client.Services.AddRouter();
        client.Configure<GatewayOptions>(static options => options.GatewayListRefreshPeriod = GatewayRefresh);
        return client;
    }

    private static void AddRouter(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GrainCalls>();
        services.Replace(ServiceDescriptor.Singleton<IMessageRouter, GrainMessageRouter>());
    }

    /// <summary>
    /// A killed silo is given up 1.3 to 1.6 s after its death, a frozen one after 6 to 7 s; a silo that was given up while it
    /// slept learns so within 2 s of waking. Orleans' own values take 6 to 12 s, 63 s and 13 s.
    /// </summary>
    private static void DetectDeathsInSeconds(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(1);
        options.MaxProbeTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedProbesLimit = 3;
        options.NumVotesForDeathDeclaration = 2;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
    }
}
