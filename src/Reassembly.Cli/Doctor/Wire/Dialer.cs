using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Reassembly.Cli.Doctor.Wire;

/// <summary>Opens connections, and shows the answer to the request as it came. A client that stands on a library would see only what that library lets through.</summary>
internal sealed class Dialer(Uri url, UpgradeRequest request, Traffic traffic, TimeProvider clock, TimeSpan timeout)
{
    private const int MaxHeadBytes = 65_536;
    private const int MaxBodyBytes = 2_048;

    /// <summary>Asks as a browser's address bar does: servers that speak WebSocket only refuse that in words of their own.</summary>
    public async Task<HttpAnswer> AskPlainlyAsync(CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(clock, timeout, cancellationToken);
        await using var stream = await ConnectAsync(deadline.Token);
        await SendAsync(stream, request.Write(url, key: null, deflate: false), deadline.Token);
        var (head, rest) = await ReadHeadAsync(stream, deadline.Token);
        return new HttpAnswer(head, await ReadBodyAsync(stream, head, rest, deadline.Token));
    }

    /// <returns>The answer, and the connection where the upgrade was accepted.</returns>
    /// <exception cref="DoctorException">Nobody can be reached there, or what answers speaks no HTTP.</exception>
    public async Task<(HttpAnswer Answer, WireConnection? Connection)> UpgradeAsync(bool deflate, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(clock, timeout, cancellationToken);
        var stream = await ConnectAsync(deadline.Token);
        try
        {
            var key = UpgradeRequest.NewKey();
            await SendAsync(stream, request.Write(url, key, deflate), deadline.Token);
            var (head, rest) = await ReadHeadAsync(stream, deadline.Token);
            if (head.Status != 101)
            {
                var refused = new HttpAnswer(head, await ReadBodyAsync(stream, head, rest, deadline.Token));
                await stream.DisposeAsync();
                return (refused, null);
            }

            if (head["Sec-WebSocket-Accept"] != UpgradeRequest.AcceptOf(key))
            {
                throw new DoctorException($"{url} accepts the upgrade with a wrong Sec-WebSocket-Accept: a cache or a proxy answers in place of the server");
            }

            return (new HttpAnswer(head, string.Empty), new WireConnection(stream, rest, traffic, clock, timeout));
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(url.IdnHost, url.Port, cancellationToken);
            traffic.Connections++;
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (url.Scheme != "wss")
            {
                return stream;
            }

            var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.IdnHost }, cancellationToken);
            return tls;
        }
        catch (Exception exception)
        {
            socket.Dispose();
            throw exception switch
            {
                OperationCanceledException => new DoctorException($"{url} does not answer within {timeout.TotalSeconds:0.#} s"),
                _ => new DoctorException($"{url} cannot be reached: {exception.Message}"),
            };
        }
    }

    private async Task SendAsync(Stream stream, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(bytes, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            traffic.CountSent(bytes.Length);
        }
        catch (IOException exception)
        {
            throw new DoctorException($"{url} ends the connection at once: {exception.Message}");
        }
    }

    private async Task<(HttpHead Head, byte[] Begun)> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxHeadBytes];
        var length = 0;
        try
        {
            int read;
            while (length < buffer.Length && (read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken)) > 0)
            {
                length += read;
                var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
                if (end >= 0)
                {
                    traffic.CountReceived(end + 4);
                    return (HttpHead.TryParse(Encoding.Latin1.GetString(buffer, 0, end)) ?? throw NoHttp(), buffer[(end + 4)..length]);
                }
            }
        }
        catch (IOException exception)
        {
            throw new DoctorException($"{url} ends the connection before it answers: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            throw new DoctorException($"{url} accepts connections and does not answer within {timeout.TotalSeconds:0.#} s");
        }

        throw NoHttp();
    }

    private DoctorException NoHttp() => new($"{url} answers with something else than HTTP/1.1");

    private static async Task<string> ReadBodyAsync(Stream stream, HttpHead head, byte[] begun, CancellationToken cancellationToken)
    {
        var buffer = new byte[long.TryParse(head["Content-Length"], out var told) ? Math.Clamp(told, 0, MaxBodyBytes) : MaxBodyBytes];
        var length = Math.Min(begun.Length, buffer.Length);
        begun.AsSpan(0, length).CopyTo(buffer);
        try
        {
            int read;
            while (length < buffer.Length
                && !buffer.AsSpan(0, length).EndsWith("0\r\n\r\n"u8)
                && (read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken)) > 0)
            {
                length += read;
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The beginning is what is looked at; whoever cancels is told by the next step.
        }

        var isChunked = head["Transfer-Encoding"]?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true;
        return Encoding.UTF8.GetString(isChunked ? ChunkedBody.Decode(buffer.AsSpan(0, length)) : buffer[..length]);
    }
}
