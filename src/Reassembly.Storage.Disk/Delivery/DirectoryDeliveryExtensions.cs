using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Reassembly.Core;
using Reassembly.Core.Delivery;

namespace Reassembly.Storage.Disk.Delivery;

public static class DirectoryDeliveryExtensions
{
    /// <summary>Delivers committed payloads into <see cref="DirectoryDeliveryOptions.Directory"/>, if that is set.</summary>
    /// <param name="builder">From <c>AddReassembly()</c>.</param>
    /// <param name="configuration">Read at once: whether there is a sink decides whether messages wait for delivery at all.</param>
    public static ReassemblyBuilder AddDirectoryDelivery(this ReassemblyBuilder builder, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        var options = configuration.GetSection(DirectoryDeliveryOptions.Section).Get<DirectoryDeliveryOptions>();
        if (!string.IsNullOrWhiteSpace(options?.Directory))
        {
            builder.Services.AddSingleton<IDeliverySink>(new DirectorySink(options.Directory));
        }

        return builder;
    }
}
