using System.Net;
using Microsoft.Extensions.Options;
using Reassembly.Webhooks.Connections;
using Reassembly.Webhooks.Signing;

namespace Reassembly.Webhooks.Settings;

/// <summary>Each wrong setting is one sentence that names it, and never shows its value where that may be secret.</summary>
internal sealed class ChannelsOptionsValidator : IValidateOptions<ChannelsOptions>
{
    private const int LongestTimeout = 3600;

    public ValidateOptionsResult Validate(string? name, ChannelsOptions options)
    {
        var faults = options
            .Where(static channel => channel.Value?.Webhook is not null)
            .SelectMany(static channel => FaultsOf(ChannelsOptions.WebhookSection(channel.Key), channel.Value.Webhook!))
            .ToArray();
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> FaultsOf(string section, WebhookOptions webhook)
    {
        if (UrlFault(webhook) is { } urlFault)
        {
            yield return $"{section}:{nameof(webhook.Url)} {urlFault}";
        }

        if (!WebhookSecrets.TryParse(webhook.Secret, out _, out var secretFault))
        {
            yield return $"{section}:{nameof(webhook.Secret)} {secretFault}";
        }

        if (webhook.TimeoutSeconds is < 1 or > LongestTimeout)
        {
            yield return $"{section}:{nameof(webhook.TimeoutSeconds)} is {webhook.TimeoutSeconds}; it must be from 1 to {LongestTimeout}.";
        }
    }

    private static string? UrlFault(WebhookOptions webhook)
    {
        if (string.IsNullOrWhiteSpace(webhook.Url))
        {
            return "is not set; it must say where payloads are posted, such as https://example.com/payloads.";
        }

        if (!Uri.TryCreate(webhook.Url, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
        {
            return "is not an http or https URL.";
        }

        if (url.UserInfo.Length > 0)
        {
            return "holds a user name or password, which would not be sent; a request is proved by its signature.";
        }

        if (url.Scheme == Uri.UriSchemeHttp && !webhook.AllowPrivateAddresses)
        {
            return $"is plain http, which is for private addresses only: it must be https, or {nameof(webhook.AllowPrivateAddresses)} must be true.";
        }

        // A name is looked at when it is resolved.
        return IPAddress.TryParse(url.IdnHost, out var address)
            && new AddressRule(webhook.AllowPrivateAddresses, IsEncrypted: url.Scheme == Uri.UriSchemeHttps).ObjectionTo(address) is { } objection
                ? $"names {objection}."
                : null;
    }
}
