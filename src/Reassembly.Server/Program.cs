using Reassembly.Edge;
using Reassembly.Hosting;
using Reassembly.Storage.Disk.Delivery;
using Reassembly.Webhooks;

return await NodeHost.RunAsync(args, static builder => builder.Services
    .AddReassembly()
    .UseConfiguredStorage(builder.Configuration)
    .AddDirectoryDelivery(builder.Configuration)
    .AddWebhooks(builder.Configuration));
