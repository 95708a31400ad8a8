using System.Net;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using Reassembly.Core;
using Reassembly.Edge;
using Reassembly.Grains.Hosting;
using Reassembly.Silo.Membership;
using Reassembly.Silo.Settings;
using Reassembly.Storage.Postgres;

namespace Reassembly.Silo;

/// <summary>Makes a node of a cluster out of an application.</summary>
internal static class ClusterSetup
{
    /// <summary>The silo that knows all others where they are on one machine.</summary>
    private const int PrimarySiloPort = 11111;

    public static void AddCluster(this WebApplicationBuilder builder, ReassemblyBuilder reassembly)
    {
        var node = ClusterNodeOptions.Read(builder.Configuration);

        // Below every other source. What Orleans informs of at its start are pages of settings.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = [new("Logging:LogLevel:Orleans", "Warning")] });
        if (node.Membership == MembershipKind.Postgres)
        {
            MembershipDatabase.RequireSharedStore(builder.Configuration);
            builder.Services.AddSingleton(static services => MembershipDatabase.Open(services.GetRequiredService<IOptions<PostgresStoreOptions>>().Value));
        }

        builder.Services.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = node.ClusterId;
            options.ServiceId = node.ServiceId;
        });
        if (node.Role == NodeRole.Edge)
        {
            reassembly.OwnNoMessages();
            builder.UseOrleansClient(client => UseSilos(client, node));
        }
        else
        {
            builder.UseOrleans(silo => BeSilo(silo, node));
        }
    }

    /// <summary>A silo that is no edge serves its health and nothing else.</summary>
    public static void MapNode(WebApplication app)
    {
        if (ClusterNodeOptions.Read(app.Configuration).Role == NodeRole.Silo)
        {
            app.MapReassemblyHealth();
        }
        else
        {
            app.MapReassembly("/ws");
        }
    }

    private static void UseSilos(IClientBuilder client, ClusterNodeOptions node)
    {
        client.AddReassemblyGrains();
        client.UseConnectionRetryFilter<WaitForSilos>();
        if (node.Membership == MembershipKind.Localhost)
        {
            client.UseLocalhostClustering(node.GatewayPort, node.ServiceId, node.ClusterId);
        }
        else
        {
            client.Services.AddSingleton<IGatewayListProvider>(services => new PostgresGateways(
                services.GetRequiredService<MembershipSchema>(), node.ClusterId, ReassemblyGrains.GatewayRefresh));
        }
    }

    private static void BeSilo(ISiloBuilder silo, ClusterNodeOptions node)
    {
        silo.AddReassemblyGrains();
        if (node.Membership == MembershipKind.Localhost)
        {
            silo.UseLocalhostClustering(node.SiloPort, node.GatewayPort, new IPEndPoint(IPAddress.Loopback, PrimarySiloPort), node.ServiceId, node.ClusterId);
            return;
        }

        silo.Services.AddSingleton<IMembershipTable>(services => new PostgresMembershipTable(services.GetRequiredService<MembershipSchema>(), node.ClusterId));
        if (node.AdvertisedAddress is { } address)
        {
            var advertised = IPAddress.Parse(address);
            silo.ConfigureEndpoints(advertised, node.SiloPort, node.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(advertised));
        }
        else
        {
            silo.ConfigureEndpoints(node.SiloPort, node.GatewayPort, listenOnAnyHostAddress: true);
        }
    }
}
