using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Reassembly.Core.Delivery;
using Reassembly.Core.Limits;
using Reassembly.Core.Messages;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;

namespace Reassembly.Core;

/// <summary>Puts the parts of Core together. What it cannot choose itself is named where it is missing.</summary>
public static class ReassemblyCoreServices
{
    /// <summary>Adds the limits (from <c>Reassembly:Limits</c>), the in-process router, the delivery pump and the sweeper. A store must be chosen on the builder.</summary>
    public static ReassemblyBuilder AddReassemblyCore(this IServiceCollection services)
    {
        services.AddOptions<LimitsOptions>()
            .BindConfiguration(LimitsOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LimitsOptions>, LimitsOptionsValidator>());
        services.AddOptions<DeliveryOptions>().BindConfiguration(DeliveryOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DeliveryOptions>, DeliveryOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<LimitsOptions>>().Value.ToProtocol());
        services.TryAddSingleton(provider => new StorageQuota(provider.GetRequiredService<IOptions<LimitsOptions>>().Value.StoreBytes));
        services.TryAddSingleton(provider => new OpenMessageGate(provider.GetRequiredService<IOptions<LimitsOptions>>().Value.OpenMessages));
        services.TryAddSingleton<CommitSignal>();
        services.TryAddSingleton<DeliveryContext>();
        services.TryAddSingleton(CreateContext);
        services.TryAddSingleton<InProcessMessageRouter>();
        services.TryAddSingleton<IMessageRouter>(static provider => provider.GetRequiredService<InProcessMessageRouter>());
        services.AddHostedService<DeliveryPump>();
        services.AddHostedService<UnservedSinkKeeper>();
        services.AddHostedService<MessageSweeper>();
        return new ReassemblyBuilder(services);
    }

    /// <summary>Keeps everything in memory: for tests and demonstrations, since nothing outlives the process.</summary>
    public static ReassemblyBuilder UseMemoryStorage(this ReassemblyBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<InMemoryMessageStore>();
        builder.Services.TryAddSingleton<IMessageStore>(static provider => provider.GetRequiredService<InMemoryMessageStore>());
        builder.Services.TryAddSingleton<IMessageCatalogue>(static provider => provider.GetRequiredService<InMemoryMessageStore>());
        builder.Services.TryAddSingleton<IDeliveryLedger>(static provider => provider.GetRequiredService<InMemoryMessageStore>());
        return builder;
    }

    /// <summary>Hands every committed payload to a function, at least once: returning means it is done, throwing means again later.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="handler">Recognises a payload it has seen by its id.</param>
    public static ReassemblyBuilder AddPayloadHandler(this ReassemblyBuilder builder, Func<CommittedPayload, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IDeliverySink>(new HandlerSink(handler));
        return builder;
    }

    /// <summary>For a node that owns no messages: delivery and sweeping are the business of those that do.</summary>
    public static ReassemblyBuilder OwnNoMessages(this ReassemblyBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Type[] ofOwners = [typeof(DeliveryPump), typeof(UnservedSinkKeeper), typeof(MessageSweeper)];
        foreach (var service in builder.Services.Where(service => ofOwners.Contains(service.ImplementationType)).ToArray())
        {
            builder.Services.Remove(service);
        }

        return builder;
    }

    private static SessionContext CreateContext(IServiceProvider provider)
    {
        var store = provider.GetService<IMessageStore>()
            ?? throw new InvalidOperationException("No store is chosen: call UseDiskStorage(), UsePostgresStorage() or UseMemoryStorage() on what AddReassembly() returns.");
        var time = provider.GetRequiredService<TimeProvider>();
        return new SessionContext(
            store,
            provider.GetRequiredService<Protocol.ProtocolLimits>(),
            provider.GetRequiredService<StorageQuota>(),
            provider.GetRequiredService<CommitSignal>(),
            time,
            time.GetUtcNow(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger<MessageSession>());
    }
}
