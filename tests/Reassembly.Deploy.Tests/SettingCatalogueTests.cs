using Reassembly.Core.Delivery;
using Reassembly.Core.Limits;
using Reassembly.Deploy.Tests.Checks;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Edge.Settings;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Delivery;
using Reassembly.Storage.Postgres;
using Reassembly.Webhooks.Settings;

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

    [Fact]
    public void Settings_below_a_name_of_the_users_own_are_known()
    {
        var read = SettingCatalogue.Of("Reassembly.Server").Where(setting => setting.Path.StartsWith($"{ChannelsOptions.Section}:*:Webhook:", StringComparison.Ordinal)).ToArray();
        Assert.Equal(typeof(WebhookOptions).GetProperties().Select(property => property.Name).Order(), read.Select(setting => setting.Path.Split(':')[^1]).Order());

        var environment = new Dictionary<string, string>
        {
            ["Reassembly__Channels__invoices__Webhook__Url"] = "https://example.com/payloads",
            ["Reassembly__Channels__in_voices__Webhook__TimeoutSeconds"] = "soon",
            ["Reassembly__Channels__invoices__Webhook__Uri"] = "https://example.com/payloads",
        };
        Assert.Equal(
            ["Reassembly__Channels__in_voices__Webhook__TimeoutSeconds is 'soon'; Reassembly:Channels:*:Webhook:TimeoutSeconds is a int.", "Reassembly__Channels__invoices__Webhook__Uri is not a setting of Reassembly.Server."],
            SettingsCheck.Faults("Reassembly.Server", environment).Order());
    }
}
