using System.Net.WebSockets;
using Reassembly.Client.Errors;
using Reassembly.Protocol;

namespace Reassembly.Client.Connections;

/// <summary>From an address to a connection that has said <c>hello</c> and heard <c>welcome</c>, within the connect time-out.</summary>
/// <param name="options">How to connect.</param>
/// <param name="listener">Hears the connections.</param>
/// <param name="mayPause">
/// Whether the socket may not be read for a while. A WebSocket that looks out for its peer by itself takes that for a dead peer, since
/// the answer to its ping lies behind what is not read; so this one only says, now and then, that it is there, which a server that
/// looks out for its clients hears as well.
/// </param>
internal sealed class ConnectionOpener(ReassemblyClientOptions options, IConnectionListener listener, bool mayPause = false)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);

    /// <exception cref="ConnectionFailedException">Not reached, refused, or not a server of this protocol.</exception>
    public async Task<ClientConnection> OpenAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var socket = new ClientWebSocket();
        try
        {
            await ConnectAsync(socket, endpoint, linked.Token).ConfigureAwait(false);
            var connection = new ClientConnection(socket, endpoint, options.ReceiveFrameBytes, listener);
            try
            {
                await connection.GreetAsync(options.ClientName, linked.Token).ConfigureAwait(false);
                return connection;
            }
            catch
            {
                connection.Abort();
                throw;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new ConnectionFailedException($"{endpoint} did not answer within {options.ConnectTimeout.TotalSeconds:0.#} s");
        }
        catch (Exception exception) when (exception is WebSocketException or ConnectionLostException or IOException or HttpRequestException)
        {
            var final = IsFinal(socket);
            socket.Dispose();
            throw new ConnectionFailedException($"{endpoint}: {Innermost(exception).Message}", exception) { IsFinal = final };
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task ConnectAsync(ClientWebSocket socket, Uri endpoint, CancellationToken cancellationToken)
    {
        socket.Options.KeepAliveInterval = mayPause ? SignOfLife : KeepAlive;
        socket.Options.KeepAliveTimeout = KeepAlive;
        socket.Options.CollectHttpResponseDetails = true;
        options.ConfigureWebSocket?.Invoke(socket.Options);
        if (mayPause)
        {
            socket.Options.KeepAliveTimeout = Timeout.InfiniteTimeSpan;
        }

        socket.Options.AddSubProtocol(WireProtocol.Subprotocol);
        await socket.ConnectAsync(endpoint, options.HttpInvoker, cancellationToken).ConfigureAwait(false);
        if (socket.SubProtocol != WireProtocol.Subprotocol)
        {
            throw new ConnectionFailedException($"{endpoint} does not speak {WireProtocol.Subprotocol}: it did not echo the subprotocol") { IsFinal = true };
        }
    }

    // An HTTP answer of 4xx is a decision, not an accident; two of them say "later".
    private static bool IsFinal(ClientWebSocket socket) => (int)socket.HttpStatusCode is >= 400 and < 500 and not 408 and not 429;

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception;
    }
}
