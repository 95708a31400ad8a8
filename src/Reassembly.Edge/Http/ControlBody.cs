using Microsoft.AspNetCore.Http;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Http;

/// <summary>A control message as the body of an HTTP response: the same JSON as on the socket.</summary>
internal static class ControlBody
{
    public static Task WriteAsync(HttpContext context, int status, ServerMessage message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        ControlWriter.Write(context.Response.BodyWriter, message);
        return context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }

    public static Task WriteUnknownAsync(HttpContext context, MessageId id)
        => WriteAsync(context, StatusCodes.Status404NotFound, ErrorMessage.From(
            new ProtocolError(ErrorCode.UnknownMessage, ErrorScope.Message, "this id is not known here") { Id = id }));

    /// <summary>The message is known here, and the claim that was given is nobody's, or no more.</summary>
    public static Task WriteClaimOverAsync(HttpContext context, MessageId id)
        => WriteAsync(context, StatusCodes.Status409Conflict, ErrorMessage.From(new ProtocolError(
            ErrorCode.UnknownMessage,
            ErrorScope.Message,
            $"this claim of message {id} is not held any more: it was answered already, or not in time and the message went to somebody else")
        { Id = id }));

    /// <summary>What an owner refused to say: not known, or not now.</summary>
    public static Task WriteRefusalAsync(HttpContext context, ProtocolError error)
        => WriteAsync(
            context,
            error.Code == ErrorCode.UnknownMessage ? StatusCodes.Status404NotFound : StatusCodes.Status503ServiceUnavailable,
            ErrorMessage.From(error));
}
