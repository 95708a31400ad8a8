using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Reassembly.Core;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Disk;

public static class DiskStorageExtensions
{
    /// <summary>Keeps messages on disk, in the folder of <c>Reassembly:Disk:Path</c>.</summary>
    public static ReassemblyBuilder UseDiskStorage(this ReassemblyBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<DiskStoreOptions>().BindConfiguration(DiskStoreOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DiskStoreOptions>, DiskStoreOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new DiskMessageStore(
            provider.GetRequiredService<IOptions<DiskStoreOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DiskMessageStore>>()));
        services.AddSingleton<IMessageStore>(provider => provider.GetRequiredService<DiskMessageStore>());
        services.AddSingleton<IMessageCatalogue>(provider => provider.GetRequiredService<DiskMessageStore>());
        services.AddSingleton<IDeliveryLedger>(provider => provider.GetRequiredService<DiskMessageStore>());
        services.AddSingleton<IStoreHealth>(provider => provider.GetRequiredService<DiskMessageStore>());
        services.AddHostedService<DiskStoreOpening>();
        return builder;
    }
}

/// <summary>Opens the store before any service starts that uses it.</summary>
internal sealed class DiskStoreOpening(DiskMessageStore store) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        store.Open();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
