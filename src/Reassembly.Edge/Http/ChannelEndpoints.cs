using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Reassembly.Core;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Edge.Subscriptions;

namespace Reassembly.Edge.Http;

/// <summary>
/// Channels for those without a socket: how much waits, and messages one by one. Whoever claims a message competes with the channel's
/// subscribers, has <c>Reassembly:Delivery:TimeoutSeconds</c> to answer, at any node and with the <c>claim</c> that came with the message, and fetches
/// the payload from <c>messages/{id}</c>.
/// </summary>
internal sealed class ChannelEndpoints(DeliveryContext deliveries, IHostApplicationLifetime lifetime)
{
    private const int LongestWaitSeconds = 60;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    /// <summary><c>GET channels</c>.</summary>
    public Task ListAsync(HttpContext context) => ChannelRequest.GuardAsync(context, async () =>
    {
        var depths = await deliveries.Ledger.ListDepthsAsync(null, context.RequestAborted);
        var channels = depths.GroupBy(static depth => depth.Channel).OrderBy(static group => group.Key, StringComparer.Ordinal).Select(static group => ChannelBody.Of(group.Key, [.. group], sinks: false));
        await context.Response.WriteAsJsonAsync(new ChannelListBody([.. channels]), EdgeJson.Default.ChannelListBody, cancellationToken: context.RequestAborted);
    });

    /// <summary><c>GET channels/{channel}</c>; a channel of which nothing waits is empty.</summary>
    public Task GetAsync(HttpContext context) => ChannelRequest.GuardAsync(context, async () =>
    {
        var channel = ChannelRequest.Channel(context);
        var depths = await deliveries.Ledger.ListDepthsAsync(channel, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(ChannelBody.Of(channel, depths, sinks: true), EdgeJson.Default.ChannelBody, cancellationToken: context.RequestAborted);
    });

    /// <summary><c>POST channels/{channel}/claim?waitSeconds=…</c>: the next message as a <c>message</c>, or 204 where none came.</summary>
    public Task ClaimAsync(HttpContext context) => ChannelRequest.GuardAsync(context, async () =>
    {
        if (!ChannelRequest.TryReadNumber(context, "waitSeconds", 0, LongestWaitSeconds, out var waitSeconds))
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, $"waitSeconds is a number from 0 to {LongestWaitSeconds}");
            return;
        }

        if (await NextAsync(ChannelRequest.Channel(context), TimeSpan.FromSeconds(waitSeconds ?? 0), context.RequestAborted) is var (payload, claim))
        {
            await ControlBody.WriteAsync(context, StatusCodes.Status200OK, PayloadDescription.Of(payload, claim.ToString()));
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    /// <summary><c>POST channels/{channel}/messages/{id}/delivered?claim=…</c>.</summary>
    public Task DeliveredAsync(HttpContext context) => SettleAsync(context, static (_, _) => DeliveryResult.Delivered);

    /// <summary><c>POST channels/{channel}/messages/{id}/retry?claim=…&amp;afterMs=…</c>.</summary>
    public Task RetryAsync(HttpContext context) => SettleAsync(context, (attempt, after) => attempt.Attempt < deliveries.Options.MaxAttempts && after is { } pause
        ? DeliveryResult.Again(deliveries.Time.GetUtcNow() + pause, Reason)
        : deliveries.AfterFailure(attempt, Reason));

    private const string Reason = "whoever claimed it wants it again";

    private Task SettleAsync(HttpContext context, Func<DeliveryAttempt, TimeSpan?, DeliveryResult> resultOf) => ChannelRequest.GuardAsync(context, async () =>
    {
        if (!ChannelRequest.TryReadId(context, out var id)
            || !ClaimToken.TryParse(context.Request.Query["claim"], out var claim)
            || !ChannelRequest.TryReadNumber(context, "afterMs", 0, int.MaxValue, out var afterMs))
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "the path ends in messages, a UUID in canonical lower case, and delivered or retry; claim is what came with the message when it was claimed, afterMs a number of milliseconds");
            return;
        }

        var attempt = new DeliveryAttempt(MessageKey.Default(id), SinkNames.Subscribers(ChannelRequest.Channel(context)), claim.Attempt, claim.Secret);
        var result = resultOf(attempt, afterMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null);
        if (await deliveries.Ledger.SettleAsync(attempt, result, context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else if (await deliveries.Store.FindAsync(attempt.Key, context.RequestAborted) is null)
        {
            await ControlBody.WriteUnknownAsync(context, id);
        }
        else
        {
            await ControlBody.WriteClaimOverAsync(context, id);
        }
    });

    private async Task<(CommittedPayload Payload, ClaimToken Claim)?> NextAsync(string channel, TimeSpan patience, CancellationToken cancellationToken)
    {
        var news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var commits = deliveries.Signal.Subscribe(committed =>
        {
            if (committed is null || committed == channel)
            {
                news.Writer.TryWrite(true);
            }
        });
        var began = deliveries.Time.GetTimestamp();
        while (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Not given up half-way: what was claimed and not told would wait for its time to be over.
            var now = deliveries.Time.GetUtcNow();
            var taken = await deliveries.Ledger.TakeAsync(SinkNames.Subscribers(channel), 1, now, new DeliveryClaim(ClaimToken.NewSecret(), now + deliveries.Options.GetTimeout()), CancellationToken.None);
            if (taken is [{ } tried] && tried.Attempt > deliveries.Options.MaxAttempts)
            {
                // Whoever claimed it never answered: nobody else would end its attempts.
                var last = tried with { Attempt = tried.Attempt - 1 };
                await deliveries.Ledger.SettleAsync(
                    tried, deliveries.AfterFailure(last, "whoever claimed it did not answer", isFinal: true), CancellationToken.None);
                continue;
            }

            if (taken is [var attempt])
            {
                return await deliveries.FindPayloadAsync(attempt, CancellationToken.None) is { } payload
                    ? (payload, new ClaimToken(attempt.Attempt, attempt.Claim!.Value))
                    : null;
            }

            var left = patience - deliveries.Time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            using var poll = new CancellationTokenSource(left < PollInterval ? left : PollInterval, deliveries.Time);
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(poll.Token, cancellationToken, lifetime.ApplicationStopping);
            await ((Task)news.Reader.ReadAsync(wake.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return null;
    }
}
