using System.Globalization;
using Microsoft.AspNetCore.Http;
using Reassembly.Core.Storage;
using Reassembly.Protocol;

namespace Reassembly.Edge.Http;

/// <summary>What requests about channels have in common.</summary>
internal static class ChannelRequest
{
    public static string Channel(HttpContext context) => (string)context.Request.RouteValues["channel"]!;

    public static bool TryReadId(HttpContext context, out MessageId id) => MessageId.TryParse(context.Request.RouteValues["id"] as string, out id);

    /// <summary>A number of the query; null where it is not there.</summary>
    public static bool TryReadNumber(HttpContext context, string name, long least, long most, out long? value)
    {
        value = null;
        if (context.Request.Query[name] is not [{ } text])
        {
            return context.Request.Query[name].Count == 0;
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
        {
            return false;
        }

        value = number;
        return true;
    }

    /// <summary>Answers 503 with the reason where the store cannot say.</summary>
    public static async Task GuardAsync(HttpContext context, Func<Task> handle)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await handle();
        }
        catch (StoreException failure) when (!context.Response.HasStarted)
        {
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, failure.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
    }
}
