using System.Net;
using System.Net.Sockets;

namespace Reassembly.Storage.Tests.Postgres;

/// <summary>
/// A TCP proxy before the database that cuts a connection exactly where a test wants: before the request that comes next, or after
/// it has reached the server and before its answer comes back.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _accepting;
    private volatile Cut _cut;

    public CuttingProxy(IPEndPoint server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public enum Cut
    {
        None,
        BeforeRequest,
        BeforeAnswer,
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Cuts the connection whose request holds these bytes.</summary>
    public void CutAt(Cut cut, byte[] marker)
    {
        Marker = marker;
        _cut = cut;
    }

    private byte[] Marker { get; set; } = [];

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_closing.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            await server.ConnectAsync(_server, _closing.Token);
            using var cut = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
            var answers = CopyAnswersAsync(server.GetStream(), client.GetStream(), cut);
            await CopyRequestsAsync(client.GetStream(), server.GetStream(), cut).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await cut.CancelAsync();
            await answers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CopyRequestsAsync(NetworkStream from, NetworkStream to, CancellationTokenSource cut)
    {
        var buffer = new byte[256 * 1024];
        for (int read; (read = await from.ReadAsync(buffer, cut.Token)) > 0;)
        {
            if (_cut != Cut.None && buffer.AsSpan(0, read).IndexOf(Marker) >= 0)
            {
                var where = _cut;
                _cut = Cut.None;
                if (where == Cut.BeforeRequest)
                {
                    return;
                }

                // The server gets it all, and has done it when it answers; the answer goes nowhere.
                CutAnswers = cut;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), cut.Token);
        }
    }

    private CancellationTokenSource? CutAnswers { get; set; }

    private async Task CopyAnswersAsync(NetworkStream from, NetworkStream to, CancellationTokenSource cut)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReadAsync(buffer, cut.Token)) > 0;)
        {
            if (CutAnswers == cut)
            {
                CutAnswers = null;
                await cut.CancelAsync();
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), cut.Token);
        }
    }
}
