using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Reassembly.Core;
using Reassembly.Core.Delivery;
using Reassembly.Webhooks.Tests.Hosting;

namespace Reassembly.Webhooks.Tests;

public sealed class SettingsTests
{
    private const string Url = "https://hooks.example/take";

    [Theory]
    [InlineData("", Payloads.Secret, "", "Webhook:Url is not set")]
    [InlineData("hooks.example/take", Payloads.Secret, "", "Webhook:Url is not an http or https URL")]
    [InlineData("ftp://hooks.example/", Payloads.Secret, "", "Webhook:Url is not an http or https URL")]
    [InlineData("https://user:hidden@hooks.example/", Payloads.Secret, "", "Webhook:Url holds a user name or password")]
    [InlineData("http://hooks.example/?hidden", Payloads.Secret, "", "Webhook:Url is plain http, which is for private addresses only")]
    [InlineData("https://169.254.169.254/hidden", Payloads.Secret, "", "Webhook:Url names 169.254.169.254, a link-local address, and AllowPrivateAddresses is not set.")]
    [InlineData("https://0x7f.1/hidden", Payloads.Secret, "", "Webhook:Url names 127.0.0.1, a loopback address")]
    [InlineData("https://[::ffff:10.0.0.1]/", Payloads.Secret, "", "Webhook:Url names ::ffff:10.0.0.1, a private address")]
    [InlineData("http://8.8.8.8/", Payloads.Secret, "AllowPrivateAddresses=true", "Webhook:Url names 8.8.8.8, a public address, and plain http is for private addresses only.")]
    [InlineData(Url, "", "", "Webhook:Secret is not set")]
    [InlineData(Url, "hidden", "", "Webhook:Secret is not whsec_ and base64.")]
    [InlineData(Url, "whsec_hidden!", "", "Webhook:Secret is not whsec_ and base64.")]
    [InlineData(Url, "whsec_aGlkZGVu", "", "Webhook:Secret is 6 bytes long; a secret has 24 to 64.")]
    [InlineData(Url, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY=", "", "Webhook:Secret is 23 bytes long")]
    [InlineData(Url, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjA=", "", "Webhook:Secret is 65 bytes long")]
    [InlineData(Url, Payloads.Secret + " whsec_aGlkZGVu", "", "Webhook:Secret holds 2 secrets, of which number 2 is 6 bytes long")]
    [InlineData(Url, Payloads.Secret, "TimeoutSeconds=0", "Webhook:TimeoutSeconds is 0; it must be from 1 to 3600.")]
    [InlineData(Url, Payloads.Secret, "TimeoutSeconds=3601", "Webhook:TimeoutSeconds is 3601")]
    [InlineData(Url, Payloads.Secret, "TimeoutSeconds=soon", "Webhook:TimeoutSeconds")]
    [InlineData(Url, Payloads.Secret, "AllowPrivateAddreses=true", "AllowPrivateAddreses")]
    public void A_wrong_setting_stops_the_start_with_one_sentence_that_names_it(string url, string secret, string more, string named)
    {
        var settings = new Dictionary<string, string?> { ["Webhook:Url"] = url, ["Webhook:Secret"] = secret };
        if (more.Split('=') is [var name, var value])
        {
            settings["Webhook:" + name] = value;
        }

        using var services = Build(settings);
        var fault = Assert.ThrowsAny<Exception>(() => services.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", fault.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("aGlkZGVu", fault.ToString(), StringComparison.Ordinal);
        if (fault is OptionsValidationException invalid)
        {
            Assert.StartsWith("Reassembly:Channels:invoices:", Assert.Single(invalid.Failures), StringComparison.Ordinal);
            Assert.EndsWith(".", invalid.Failures.Single(), StringComparison.Ordinal);
        }

        // Whoever asks for the sinks first meets the same fault.
        Assert.Equal(fault.Message, Assert.ThrowsAny<Exception>(() => services.GetServices<IDeliverySink>().ToArray()).Message);
    }

    [Theory]
    [InlineData("Webook:Url")]
    [InlineData("Url")]
    public void An_unknown_setting_of_a_channel_stops_the_start_and_is_named(string setting)
    {
        using var services = Build(new Dictionary<string, string?> { [setting] = Url });
        var fault = Assert.ThrowsAny<Exception>(() => services.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains(setting.Split(':')[0], fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Url, Payloads.Secret, "false")]
    [InlineData("https://8.8.8.8/", Payloads.Secret + "  " + Payloads.OtherSecret, "false")]
    [InlineData("https://10.0.0.1/", Payloads.Secret, "true")]
    [InlineData("http://receiver:9000/take", Payloads.Secret, "true")]
    public void A_channel_with_a_webhook_has_a_sink(string url, string secret, string allowPrivate)
    {
        using var services = Build(new() { ["Webhook:Url"] = url, ["Webhook:Secret"] = secret, ["Webhook:AllowPrivateAddresses"] = allowPrivate, ["Webhook:TimeoutSeconds"] = "3600" });
        services.GetRequiredService<IStartupValidator>().Validate();
        var sink = Assert.Single(services.GetServices<IDeliverySink>());
        Assert.Equal("webhook:invoices", sink.Name);
        Assert.True(sink.Takes("invoices"));
        Assert.False(sink.Takes("default"));
    }

    [Fact]
    public void Without_webhooks_there_is_no_sink()
    {
        using var services = Build([]);
        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.Empty(services.GetServices<IDeliverySink>());
    }

    [Fact]
    public void A_sink_without_valid_settings_is_not_made()
        => Assert.Throws<ArgumentException>(() => Payloads.Sink(Url, secret: "whsec_aGlkZGVu"));

    private static ServiceProvider Build(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Reassembly:Channels:invoices:{setting.Key}", setting.Value)))
            .Build();
        var services = new ServiceCollection().AddSingleton(TimeProvider.System);
        new ReassemblyBuilder(services).AddWebhooks(configuration);
        return services.BuildServiceProvider();
    }
}
