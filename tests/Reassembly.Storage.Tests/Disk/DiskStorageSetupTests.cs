using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Storage.Disk;

namespace Reassembly.Storage.Tests.Disk;

public sealed class DiskStorageSetupTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("reassembly-setup-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task The_store_is_open_before_other_services_start_and_is_one_for_all_its_roles()
    {
        await using var provider = Provider(("Path", Path.Combine(_root.FullName, "data")));
        foreach (var service in provider.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
        {
            await service.StartingAsync(CancellationToken.None);
        }

        Assert.Null(provider.GetRequiredService<IStoreHealth>().Fault);
        Assert.Same(provider.GetRequiredService<IMessageStore>(), provider.GetRequiredService<IMessageCatalogue>());
        Assert.Same(provider.GetRequiredService<IMessageStore>(), provider.GetRequiredService<IDeliveryLedger>());
        Assert.True(File.Exists(Path.Combine(_root.FullName, "data", "catalogue.db")));
    }

    [Theory]
    [InlineData("Pth", "x", "Reassembly:Disk:Pth")]
    [InlineData("Path", " ", "Reassembly:Disk:Path")]
    public async Task A_wrong_setting_is_a_sentence_that_names_it(string name, string value, string expected)
    {
        await using var provider = Provider((name, value));
        var fault = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Provider(params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>($"Reassembly:Disk:{setting.Name}", setting.Value)))
            .Build());
        services.AddSingleton<ILogger<DiskMessageStore>>(new RecordingLogger());
        new ReassemblyBuilder(services).UseDiskStorage();
        return services.BuildServiceProvider();
    }
}
