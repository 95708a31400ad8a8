using Reassembly.Edge;
using Reassembly.Hosting;
using Reassembly.Storage.Disk.Delivery;

return await NodeHost.RunAsync(args, static builder => builder.Services
    .AddReassembly()
    .UseConfiguredStorage(builder.Configuration)
    .AddDirectoryDelivery(builder.Configuration));
