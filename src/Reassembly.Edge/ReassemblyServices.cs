using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Reassembly.Core;
using Reassembly.Core.Delivery.Subscriptions;
using Reassembly.Edge.Connections;
using Reassembly.Edge.Http;
using Reassembly.Edge.Raw;
using Reassembly.Edge.Settings;

namespace Reassembly.Edge;

/// <summary>Adds Reassembly to an ASP.NET Core application.</summary>
public static class ReassemblyServices
{
    /// <summary>
    /// Adds everything but a store, which is chosen on the builder. Settings come from <c>Reassembly:Limits</c> and
    /// <c>Reassembly:Edge</c>; a wrong or unknown one stops the start.
    /// </summary>
    public static ReassemblyBuilder AddReassembly(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        var builder = services.AddReassemblyCore();
        services.AddOptions<EdgeOptions>()
            .BindConfiguration(EdgeOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EdgeOptions>, EdgeOptionsValidator>());
        services.TryAddSingleton<ConnectionRegistry>();
        services.TryAddSingleton<SubscriptionHub>();
        services.TryAddSingleton<EdgeNode>();
        services.TryAddSingleton<ChannelEndpoints>();
        services.TryAddSingleton<DeadLetterEndpoints>();
        services.TryAddSingleton<SocketEndpoint>();
        services.TryAddSingleton<RawEndpoint>();
        services.TryAddSingleton<MessageEndpoints>();
        services.TryAddSingleton<LimitsEndpoint>();
        services.TryAddSingleton<HealthEndpoints>();
        return builder;
    }
}
