using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Reassembly.Core;
using Reassembly.Core.Delivery;
using Reassembly.Webhooks.Settings;

namespace Reassembly.Webhooks;

public static class WebhookExtensions
{
    /// <summary>Posts the committed payloads of each channel that has a <see cref="ChannelOptions.Webhook"/> to it.</summary>
    /// <param name="builder">From <c>AddReassembly()</c>.</param>
    /// <param name="configuration">Which webhooks there are is read at once: it decides whether messages wait for delivery at all. Their settings are checked at the start.</param>
    public static ReassemblyBuilder AddWebhooks(this ReassemblyBuilder builder, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        var channels = configuration.GetSection(ChannelsOptions.Section);
        builder.Services.AddOptions<ChannelsOptions>()
            .Configure(options => Bind(channels, options))
            .ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ChannelsOptions>, ChannelsOptionsValidator>());
        foreach (var channel in channels.GetChildren().Where(static channel => channel.GetSection(nameof(ChannelOptions.Webhook)).Exists()))
        {
            builder.Services.AddSingleton<IDeliverySink>(provider => Create(provider, channel.Key));
        }

        return builder;
    }

    /// <summary>One by one, for what the binder says of a dictionary does not name the setting.</summary>
    private static void Bind(IConfigurationSection channels, ChannelsOptions options)
    {
        foreach (var channel in channels.GetChildren())
        {
            options[channel.Key] = channel.Get<ChannelOptions>(static binder => binder.ErrorOnUnknownConfiguration = true) ?? new ChannelOptions();
        }
    }

    private static WebhookSink Create(IServiceProvider provider, string channel)
    {
        var options = provider.GetRequiredService<IOptions<ChannelsOptions>>().Value;
        return options.TryGetValue(channel, out var set) && set.Webhook is { } webhook
            ? new WebhookSink(channel, webhook, provider.GetRequiredService<TimeProvider>())
            : throw new InvalidOperationException($"{ChannelsOptions.WebhookSection(channel)} is no section of settings.");
    }
}
