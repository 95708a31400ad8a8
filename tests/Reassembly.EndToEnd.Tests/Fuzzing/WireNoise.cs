using System.Net.Sockets;
using System.Text;

namespace Reassembly.EndToEnd.Tests.Fuzzing;

/// <summary>Throws bytes at the port that are no HTTP, and after a good upgrade bytes that are no WebSocket.</summary>
internal sealed class WireNoise(Uri address, Random random)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public int Connections { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        var noise = new byte[2000];
        while (!stop.IsCancellationRequested)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, CancellationToken.None);
            var stream = client.GetStream();
            try
            {
                if (random.Next(3) > 0)
                {
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(
                        $"GET /ws HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), CancellationToken.None);
                    await stream.ReadExactlyAsync(noise.AsMemory(0, 12), CancellationToken.None);
                }

                random.NextBytes(noise);
                if (random.Next(2) == 0)
                {
                    // A masked binary frame that claims any length, so that the noise is looked at as one.
                    (noise[0], noise[1]) = (0x82, (byte)(0x80 | random.Next(128)));
                }

                await stream.WriteAsync(noise.AsMemory(0, random.Next(noise.Length)), CancellationToken.None);
                client.Client.Shutdown(SocketShutdown.Send);
                while (await stream.ReadAsync(noise, CancellationToken.None).AsTask().WaitAsync(Limit, TimeProvider.System, CancellationToken.None) > 0)
                {
                }
            }
            catch (IOException)
            {
                // Reset: an answer too.
            }

            Connections++;
        }
    }
}
