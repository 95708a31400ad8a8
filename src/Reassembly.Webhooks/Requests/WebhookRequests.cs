using System.Globalization;
using System.Net;
using Reassembly.Core;
using Reassembly.Core.Delivery;
using Reassembly.Webhooks.Signing;

namespace Reassembly.Webhooks.Requests;

/// <summary>Makes the requests of one webhook.</summary>
internal sealed class WebhookRequests(Uri url, WebhookSecrets secrets, TimeProvider time)
{
    /// <summary>Bodies above this are sent once the receiver asks for them (or says nothing for a second), so that a refusal costs no upload.</summary>
    private const long AskFirstBytes = 1L << 20;

    /// <param name="payload">What to send.</param>
    /// <param name="content">The payload as a body; the request owns it.</param>
    /// <param name="mayAskFirst">Whether the receiver is taken to know <c>Expect: 100-continue</c>.</param>
    public HttpRequestMessage Create(CommittedPayload payload, PayloadContent content, bool mayAskFirst)
    {
        var id = payload.Id.ToString();
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content, Version = HttpVersion.Version11 };
        Add("user-agent", "Reassembly");
        Add("webhook-id", id);
        Add("webhook-timestamp", Text(timestamp));
        Add("webhook-signature", secrets.Sign(id, timestamp, payload.Sha256));
        Add("reassembly-channel", HeaderText.Value(payload.Channel));
        Add("reassembly-size", Text(payload.Size));
        Add("reassembly-sha256", payload.Sha256);
        Add("reassembly-attempt", Text(payload.Attempt));
        if (payload.Tenant != MessageKey.DefaultTenant)
        {
            Add("reassembly-tenant", HeaderText.Value(payload.Tenant));
        }

        SenderHeaders.Add(request.Headers, payload.Headers);
        request.Headers.ExpectContinue = mayAskFirst && payload.Size > AskFirstBytes;
        return request;

        void Add(string name, string value) => request.Headers.TryAddWithoutValidation(name, value);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
