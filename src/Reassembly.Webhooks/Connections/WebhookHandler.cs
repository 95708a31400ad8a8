using System.Net;

namespace Reassembly.Webhooks.Connections;

/// <summary>Makes the handler of one webhook: it does what it is told by this node, and nothing that a receiver or the environment asks for.</summary>
internal static class WebhookHandler
{
    private const int MostConnections = 8;
    private const int MostAnswerHeadersKiB = 16;
    private const int MostAnswerBytes = 64 * 1024;

    /// <summary>A connection this old takes no further request: the next one resolves the host again.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AnswerDrainTimeout = TimeSpan.FromSeconds(2);

    public static SocketsHttpHandler Create(GuardedConnector connector) => new()
    {
        ConnectCallback = connector.ConnectAsync,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionLifetime = ConnectionLifetime,
        PooledConnectionIdleTimeout = IdleTimeout,
        MaxConnectionsPerServer = MostConnections,

        // The body of an answer is read up to here, so that the connection can be used again, and thrown away.
        MaxResponseDrainSize = MostAnswerBytes,
        ResponseDrainTimeout = AnswerDrainTimeout,
        MaxResponseHeadersLength = MostAnswerHeadersKiB,

        // A proxy would resolve the host itself, past the connector.
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
    };
}
