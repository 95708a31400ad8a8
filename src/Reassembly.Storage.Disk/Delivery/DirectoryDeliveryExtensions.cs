using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Reassembly.Core;
using Reassembly.Core.Delivery;

namespace Reassembly.Storage.Disk.Delivery;

public static class DirectoryDeliveryExtensions
{
    /// <summary>The setting that names the directory; without it there is no such delivery.</summary>
    public const string Setting = "Reassembly:Delivery:Directory";

    /// <summary>Delivers committed payloads into the directory of <see cref="Setting"/>, if that is set.</summary>
    /// <param name="builder">From <c>AddReassembly()</c>.</param>
    /// <param name="configuration">Read at once: whether there is a sink decides whether messages wait for delivery at all.</param>
    public static ReassemblyBuilder AddDirectoryDelivery(this ReassemblyBuilder builder, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration[Setting] is { } directory && !string.IsNullOrWhiteSpace(directory))
        {
            builder.Services.AddSingleton<IDeliverySink>(new DirectorySink(directory));
        }

        return builder;
    }
}
