using Reassembly.Edge;
using Reassembly.Hosting;
using Reassembly.Silo;
using Reassembly.Silo.Settings;
using Reassembly.Storage.Disk.Delivery;
using Reassembly.Webhooks;

// The store first: it starts before the silo and stops after it. The web server starts last and stops first, so that senders leave
// while the silo still works.
return await NodeHost.RunAsync(
    args,
    static builder => builder.AddCluster(builder.Services
        .AddReassembly()
        .UseConfiguredStorage(builder.Configuration)
        .AddDirectoryDelivery(builder.Configuration)
        .AddWebhooks(builder.Configuration)),
    new Dictionary<string, Type> { [ClusterNodeOptions.Section] = typeof(ClusterNodeOptions) },
    ClusterSetup.MapNode);
