using System.Net;
using System.Net.Sockets;

namespace Reassembly.Webhooks.Connections;

/// <summary>
/// Opens the connections of a webhook. The host is resolved here, once for each connection, and the very addresses that were
/// looked at are connected to: a name that resolves to something else a moment later changes nothing.
/// </summary>
/// <param name="rule">Which addresses are allowed.</param>
/// <param name="time">Bounds each attempt.</param>
/// <param name="resolve">Finds the addresses of a host.</param>
internal sealed class GuardedConnector(AddressRule rule, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
{
    /// <summary>For one of a host's addresses, so that a dead one leaves time for the next.</summary>
    private static readonly TimeSpan AddressTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="AddressRefusedException">One of the host's addresses is not allowed, whatever the others are.</exception>
    /// <exception cref="SocketException">The host cannot be resolved or connected to.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await resolve(host, cancellationToken).ConfigureAwait(false);
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        foreach (var address in addresses)
        {
            if (rule.ObjectionTo(address) is { } objection)
            {
                throw new AddressRefusedException(host == address.ToString() ? $"the host is {objection}" : $"{host} is at {objection}");
            }
        }

        for (var index = 0; ; index++)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[index], port), cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException) when (index + 1 < addresses.Length)
            {
                // The next address may answer.
            }
        }
    }

    private async Task<Stream> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(AddressTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, either.Token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception fault)
        {
            socket.Dispose();
            if (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new SocketException((int)SocketError.TimedOut);
            }

            throw;
        }
    }
}
