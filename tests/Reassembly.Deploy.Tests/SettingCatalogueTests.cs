using Reassembly.Core.Delivery;
using Reassembly.Core.Limits;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Edge.Settings;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Delivery;
using Reassembly.Storage.Postgres;

namespace Reassembly.Deploy.Tests;

/// <summary>What is read from the text of the options classes is what the classes are.</summary>
public sealed class SettingCatalogueTests
{
    [Theory]
    [InlineData(typeof(LimitsOptions), LimitsOptions.Section)]
    [InlineData(typeof(EdgeOptions), EdgeOptions.Section)]
    [InlineData(typeof(DiskStoreOptions), DiskStoreOptions.Section)]
    [InlineData(typeof(DirectoryDeliveryOptions), DirectoryDeliveryOptions.Section, typeof(DeliveryOptions))]
    [InlineData(typeof(PostgresStoreOptions), PostgresStoreOptions.Section)]
    public void The_text_says_what_the_type_says(Type options, string section, Type? beside = null)
    {
        var read = SettingCatalogue.All.Where(setting => setting.Path.StartsWith(section + ":", StringComparison.Ordinal)).Select(setting => setting.Path);
        Assert.Equal(options.GetProperties().Concat(beside?.GetProperties() ?? []).Select(property => $"{section}:{property.Name}").Order(), read.Order());
    }
}
