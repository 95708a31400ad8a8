using Microsoft.AspNetCore.Http;
using Reassembly.Core;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;

namespace Reassembly.Edge.Http;

/// <summary>The dead letters of a channel: listed, sent again or given up. Their payloads are read like any other.</summary>
internal sealed class DeadLetterEndpoints(DeliveryContext deliveries)
{
    private const int MostAtOnce = 1000;
    private const int UsualAtOnce = 100;

    /// <summary><c>GET channels/{channel}/dead-letters?after=…&amp;limit=…</c>.</summary>
    public Task ListAsync(HttpContext context) => ChannelRequest.GuardAsync(context, async () =>
    {
        DeadLetterPlace? after = null;
        if ((context.Request.Query.TryGetValue("after", out var text) && !PageMark.TryParse(text, out after)) || !ChannelRequest.TryReadNumber(context, "limit", 1, MostAtOnce, out var limit))
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, $"after is the next of the page before, limit a number from 1 to {MostAtOnce}");
            return;
        }

        var (letters, next) = await deliveries.Ledger.ListDeadAsync(ChannelRequest.Channel(context), after, (int)(limit ?? UsualAtOnce), context.RequestAborted);
        var bodies = new List<DeadLetterBody>(letters.Count);
        foreach (var letter in letters)
        {
            var record = await deliveries.Store.FindAsync(letter.Key, context.RequestAborted);
            bodies.Add(new DeadLetterBody(
                letter.Key.Id.ToString(), SinkNames.Shown(letter.Sink), letter.Attempts, letter.Reason, letter.Since, record?.Outcome?.Size, record?.Outcome?.Sha256, record?.Open?.ContentType));
        }

        await context.Response.WriteAsJsonAsync(new DeadLetterListBody(bodies, next is { } place ? PageMark.Write(place) : null), EdgeJson.Default.DeadLetterListBody, cancellationToken: context.RequestAborted);
    });

    /// <summary><c>POST channels/{channel}/dead-letters/{id}/retry</c>.</summary>
    public Task RetryAsync(HttpContext context) => ChangeAsync(context, async (key, channel) =>
    {
        var revived = await deliveries.Ledger.ReviveAsync(key, channel, context.RequestAborted);
        if (revived > 0)
        {
            deliveries.Signal.Committed(channel);
        }

        return revived;
    });

    /// <summary><c>DELETE channels/{channel}/dead-letters/{id}</c>.</summary>
    public Task DropAsync(HttpContext context) => ChangeAsync(context, async (key, channel) => await deliveries.Ledger.DropAsync(key, channel, context.RequestAborted));

    private static Task ChangeAsync(HttpContext context, Func<MessageKey, string, Task<int>> change) => ChannelRequest.GuardAsync(context, async () =>
    {
        if (!ChannelRequest.TryReadId(context, out var id))
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "a message id is a UUID in canonical lower case");
        }
        else if (await change(MessageKey.Default(id), ChannelRequest.Channel(context)) > 0)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else
        {
            await ControlBody.WriteUnknownAsync(context, id);
        }
    });
}

internal sealed record DeadLetterBody(
    string Id, string Sink, int Attempts, string Error, DateTimeOffset Since, long? Size, string? Sha256, string? ContentType);

/// <summary>A page; <c>next</c> is the <c>after</c> of the one behind it, and left out of the last.</summary>
internal sealed record DeadLetterListBody(IReadOnlyList<DeadLetterBody> DeadLetters, string? Next);
