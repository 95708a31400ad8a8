using System.Net.Sockets;
using System.Security.Authentication;
using Reassembly.Core.Delivery;
using Reassembly.Webhooks.Connections;

namespace Reassembly.Webhooks.Answers;

/// <summary>Why there was no answer, in one sentence that is written here: what the framework says may hold the URL.</summary>
internal static class NoAnswer
{
    public static DeliveryRefusedException TimedOut(string receiver, TimeSpan timeout, Exception fault)
        => new(FormattableString.Invariant($"{receiver} did not answer within {timeout.TotalSeconds} s"), innerException: fault);

    public static DeliveryRefusedException NotConnected(string receiver, Exception fault) => new($"{receiver} cannot be connected to", innerException: fault);

    public static DeliveryRefusedException Because(string receiver, HttpRequestException fault) => new(Sentence(receiver, fault), innerException: fault);

    private static string Sentence(string receiver, HttpRequestException fault) => fault switch
    {
        { InnerException: AddressRefusedException refused } => refused.Message,
        { InnerException: AuthenticationException or { InnerException: AuthenticationException } } or { HttpRequestError: HttpRequestError.SecureConnectionError }
            => $"no TLS connection to {receiver} could be made: {ReasonOf(fault)}",
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery } } or { HttpRequestError: HttpRequestError.NameResolutionError }
            => $"{receiver} has no address: its name was not resolved",
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused }, HttpRequestError: HttpRequestError.ConnectionError } => $"{receiver} refused the connection",
        { HttpRequestError: HttpRequestError.ConnectionError } => $"{receiver} cannot be connected to",
        { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.ConfigurationLimitExceeded } => $"what {receiver} answered is not HTTP, or too long",
        _ => $"{receiver} cut the connection before it answered",
    };

    /// <summary>What was wrong with the certificate: it tells an operator what to do, and holds nothing of the request.</summary>
    private static string ReasonOf(Exception fault)
    {
        for (var inner = fault.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationException)
            {
                return inner.Message.TrimEnd('.');
            }
        }

        return "the handshake failed";
    }
}
