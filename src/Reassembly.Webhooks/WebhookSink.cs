using System.Net;
using System.Runtime.ExceptionServices;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Webhooks.Answers;
using Reassembly.Webhooks.Connections;
using Reassembly.Webhooks.Requests;
using Reassembly.Webhooks.Settings;
using Reassembly.Webhooks.Signing;

namespace Reassembly.Webhooks;

/// <summary>Posts the committed payloads of one channel to its webhook. What goes over the wire is told in README.md of this project.</summary>
public sealed class WebhookSink : IDeliverySink, IDisposable
{
    private readonly string _channel;
    private readonly string _receiver;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly WebhookRequests _requests;
    private readonly HttpMessageInvoker _http;
    private volatile bool _mayAskFirst = true;

    /// <param name="channel">The channel, exactly as senders write it.</param>
    /// <param name="options">Valid settings; read here and not kept.</param>
    /// <param name="time">For the time stamp and the time-out.</param>
    /// <exception cref="ArgumentException">The settings are not valid.</exception>
    public WebhookSink(string channel, WebhookOptions options, TimeProvider time)
        : this(channel, options, time, static (host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken))
    {
    }

    internal WebhookSink(string channel, WebhookOptions options, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        var faults = new ChannelsOptionsValidator().Validate(null, new ChannelsOptions { [channel] = new() { Webhook = options } });
        if (faults.Failed || !WebhookSecrets.TryParse(options.Secret, out var secrets, out _))
        {
            throw new ArgumentException(faults.FailureMessage, nameof(options));
        }

        var url = new Uri(options.Url);
        _channel = channel;
        _receiver = url.IsDefaultPort ? url.IdnHost : $"{url.IdnHost}:{url.Port}";
        _timeout = TimeSpan.FromSeconds(options.TimeoutSeconds);
        _time = time;
        _requests = new WebhookRequests(url, secrets, time);
        var rule = new AddressRule(options.AllowPrivateAddresses, IsEncrypted: url.Scheme == Uri.UriSchemeHttps);
        _http = new HttpMessageInvoker(WebhookHandler.Create(new GuardedConnector(rule, time, resolve)));
    }

    public string Name => $"webhook:{_channel}";

    public bool Takes(string channel) => channel == _channel;

    /// <exception cref="DeliveryRefusedException">The receiver did not take the payload; the message says why, without path, query or secret.</exception>
    /// <exception cref="StoreException">The payload cannot be read.</exception>
    /// <exception cref="InvalidDataException">The bytes in the store are not those that were committed.</exception>
    /// <exception cref="ArgumentException">The payload is of another channel: it would go to the wrong receiver.</exception>
    public async Task DeliverAsync(CommittedPayload payload, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (!Takes(payload.Channel))
        {
            throw new ArgumentException($"a payload of channel {payload.Channel} is not for {Name}", nameof(payload));
        }

        using var content = new PayloadContent(payload);
        using var request = _requests.Create(payload, content, _mayAskFirst);
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            if (Answer.RefusalIn(response, _receiver, _time.GetUtcNow()) is { } refusal)
            {
                _mayAskFirst &= response.StatusCode != HttpStatusCode.ExpectationFailed;
                throw refusal;
            }
        }
        catch (Exception) when (content.SourceFault is { } fault)
        {
            ExceptionDispatchInfo.Throw(fault);
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw timeout.IsCancellationRequested ? NoAnswer.TimedOut(_receiver, _timeout, fault) : NoAnswer.NotConnected(_receiver, fault);
        }
        catch (HttpRequestException fault)
        {
            throw NoAnswer.Because(_receiver, fault);
        }
        catch (IOException fault)
        {
            throw NoAnswer.Because(_receiver, new HttpRequestException(HttpRequestError.ResponseEnded, inner: fault));
        }
    }

    public void Dispose() => _http.Dispose();
}
