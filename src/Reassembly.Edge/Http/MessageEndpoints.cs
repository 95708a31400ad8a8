using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Http;

/// <summary><c>GET</c> and <c>HEAD /messages/{id}</c> and its status (protocol section 7).</summary>
internal sealed class MessageEndpoints(EdgeNode node)
{
    private const string FallbackType = "application/octet-stream";

    /// <summary>The committed payload, streamed from the store; ranges and preconditions by the framework, the digest as ETag.</summary>
    public async Task GetPayloadAsync(HttpContext context)
    {
        if (await ReadIdAsync(context) is not { } id)
        {
            return;
        }

        var key = MessageKey.Default(id);
        var receipt = await node.Router.StatusAsync(key, context.RequestAborted);
        if (receipt.Outcome is not { State: OutcomeState.Committed } outcome)
        {
            await WriteWhyNotAsync(context, receipt, id);
            return;
        }

        try
        {
            var record = await node.Store.FindAsync(key, context.RequestAborted);
            await (record is null ? ControlBody.WriteUnknownAsync(context, id) : SendAsync(context, key, outcome, record.Open));
        }
        catch (StoreException failure) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, failure.Message);
        }
    }

    /// <summary>The <c>ack</c> or <c>outcome</c> that a <c>status</c> on the socket would get.</summary>
    public async Task GetStatusAsync(HttpContext context)
    {
        if (await ReadIdAsync(context) is not { } id)
        {
            return;
        }

        var receipt = await node.Router.StatusAsync(MessageKey.Default(id), context.RequestAborted);
        await (receipt.Answer is { } answer
            ? ControlBody.WriteAsync(context, StatusCodes.Status200OK, answer)
            : WriteWhyNotAsync(context, receipt, id));
    }

    private Task SendAsync(HttpContext context, MessageKey key, OutcomeMessage outcome, OpenMessage? open)
    {
        var headers = context.Response.Headers;

        // A payload is somebody else's: no browser may take it for a page of this origin.
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox";
        if (open?.ContentEncoding is { } encoding and not ContentEncodings.Identity)
        {
            headers.ContentEncoding = encoding;
        }

        var payload = new StoredPayloadStream(node.Store, key, outcome.Size!.Value);
        return TypedResults.Stream(
            payload,
            ContentTypeOf(open),
            entityTag: new EntityTagHeaderValue($"\"{outcome.Sha256}\""),
            enableRangeProcessing: true).ExecuteAsync(context);
    }

    private static Task WriteWhyNotAsync(HttpContext context, Receipt receipt, MessageId id) => receipt switch
    {
        { Ack: { } ack } => ControlBody.WriteAsync(context, StatusCodes.Status409Conflict, ack),
        { Outcome: { } outcome } => ControlBody.WriteAsync(context, StatusCodes.Status410Gone, outcome),
        { Errors: [var error, ..] } => ControlBody.WriteRefusalAsync(context, error),
        _ => ControlBody.WriteUnknownAsync(context, id),
    };

    private static async ValueTask<MessageId?> ReadIdAsync(HttpContext context)
    {
        if (MessageId.TryParse(context.Request.RouteValues["id"] as string, out var id))
        {
            return id;
        }

        await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "a message id is a UUID in canonical lower case");
        return null;
    }

    private static string ContentTypeOf(OpenMessage? open)
        => open?.ContentType is { } type && !type.AsSpan().ContainsAnyExceptInRange(' ', '~') && MediaTypeHeaderValue.TryParse(type, out _) ? type : FallbackType;
}
