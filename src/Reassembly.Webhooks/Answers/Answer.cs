using Reassembly.Core.Delivery;

namespace Reassembly.Webhooks.Answers;

/// <summary>What an answer means for a delivery. Nothing of it is repeated but its status and the host that it would redirect to.</summary>
internal static class Answer
{
    private const int LongestHostName = 253;

    /// <summary>A receiver may put its next attempt off by this much and no more.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>Null where the payload was taken.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="receiver">Who gave it, for the sentence.</param>
    /// <param name="now">The time, for a wait that is given as a date.</param>
    public static DeliveryRefusedException? RefusalIn(HttpResponseMessage response, string receiver, DateTimeOffset now) => (int)response.StatusCode switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 and var status when response.Headers.Location is { } location
            => new($"{receiver} answered {status}, a redirect to {HostOf(location)}, and redirects are not followed"),
        410 => new($"{receiver} answered 410: it is gone for good", isFinal: true),
        (429 or 503) and var status => WithWait($"{receiver} answered {status}", WaitIn(response, now)),
        var status => new($"{receiver} answered {status}"),
    };

    private static DeliveryRefusedException WithWait(string message, TimeSpan? wait)
        => new(wait is { } time ? FormattableString.Invariant($"{message} and asks to wait {Math.Ceiling(time.TotalSeconds)} s") : message, wait);

    private static TimeSpan? WaitIn(HttpResponseMessage response, DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter;
        var wait = asked?.Delta ?? (asked?.Date - now);
        return wait is { } time ? TimeSpan.FromTicks(Math.Clamp(time.Ticks, 0, LongestWait.Ticks)) : null;
    }

    private static string HostOf(Uri location)
    {
        if (!location.IsAbsoluteUri)
        {
            return "another place on the same host";
        }

        return location.Scheme is "http" or "https" && location.IdnHost.Length <= LongestHostName ? location.IdnHost : "something that is no web address";
    }
}
