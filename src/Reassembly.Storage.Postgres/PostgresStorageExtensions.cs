using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Reassembly.Core;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres;

public static class PostgresStorageExtensions
{
    /// <summary>Keeps messages in the PostgreSQL of <c>Reassembly:Postgres:ConnectionString</c>, which any number of nodes may share.</summary>
    public static ReassemblyBuilder UsePostgresStorage(this ReassemblyBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<PostgresStoreOptions>().BindConfiguration(PostgresStoreOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PostgresStoreOptions>, PostgresStoreOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(static provider => new PostgresMessageStore(
            provider.GetRequiredService<IOptions<PostgresStoreOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PostgresMessageStore>>()));
        services.AddSingleton<IMessageStore>(static provider => provider.GetRequiredService<PostgresMessageStore>());
        services.AddSingleton<IMessageCatalogue>(static provider => provider.GetRequiredService<PostgresMessageStore>());
        services.AddSingleton<IDeliveryLedger>(static provider => provider.GetRequiredService<PostgresMessageStore>());
        services.AddSingleton<IStoreHealth>(static provider => provider.GetRequiredService<PostgresMessageStore>());
        services.AddHostedService<PostgresStoreOpening>();
        return builder;
    }
}

/// <summary>Opens the store before any service starts that uses it.</summary>
internal sealed class PostgresStoreOpening(PostgresMessageStore store) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
