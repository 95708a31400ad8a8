using System.Net;
using System.Net.Sockets;
using System.Text;
using Reassembly.Cli.Doctor;
using Reassembly.Cli.Doctor.Probing;
using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Tests.Doctor.Probing;

/// <summary>What a server that lies costs who asks it. What the whole process allocates is counted, so no other test runs beside these.</summary>
[CollectionDefinition(nameof(LyingServerTests), DisableParallelization = true)]
[Collection(nameof(LyingServerTests))]
public sealed class LyingServerTests
{
    private const int MaxBytes = 300_000;
    private const long MayAllocate = 64L << 20;

    [Fact]
    public async Task A_frame_that_claims_everything_costs_no_memory_and_ends_in_time()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var end = new CancellationTokenSource();
        var lying = LieAsync(listener, end.Token);
        var before = GC.GetTotalAllocatedBytes();
        var url = new Uri($"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        var seen = await new Prober(url, new DoctorOptions(MaxBytes, TimeSpan.FromSeconds(2), [], null, null), TimeProvider.System).ExamineAsync(CancellationToken.None);
        await end.CancelAsync();
        await lying;

        Assert.True(seen.IsUpgraded);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, MayAllocate);
        Assert.InRange(seen.Spending.Time, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    private static async Task LieAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(AnswerAsync(await listener.AcceptSocketAsync(cancellationToken)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }

        async Task AnswerAsync(Socket accepted)
        {
            using var socket = accepted;
            var buffer = new byte[65_536];
            try
            {
                var request = Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, cancellationToken));
                var key = request.Split("Sec-WebSocket-Key: ").ElementAtOrDefault(1)?.Split("\r\n")[0];
                if (key is null)
                {
                    return;
                }

                var head = $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {UpgradeRequest.AcceptOf(key)}\r\n\r\n";
                await socket.SendAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
                await socket.SendAsync(new byte[] { 0x82, 0x7f, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3 }, cancellationToken);
                while (await socket.ReceiveAsync(buffer, cancellationToken) > 0)
                {
                }
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // The doctor has gone.
            }
        }
    }
}
