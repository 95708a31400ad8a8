using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.Hosting;

namespace Reassembly.Benchmarks.Hosts;

/// <summary>
/// The baseline: the same Kestrel receives the same frames, counts their bytes and throws them away. It answers one text message
/// when as many bytes have come as the query says.
/// </summary>
internal static class DiscardServer
{
    public static async Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.UseWebSockets();
        app.Map("/ws", DiscardAsync);
        await app.StartAsync();
        Console.WriteLine($"Listening: {app.Urls.First()}");
        await app.WaitForShutdownAsync();
    }

    private static async Task DiscardAsync(HttpContext context)
    {
        var expected = long.Parse(context.Request.Query["bytes"].ToString(), CultureInfo.InvariantCulture);
        using var socket = await context.WebSockets.AcceptWebSocketAsync("reassembly.v1");
        var buffer = new byte[64 * 1024];
        var received = 0L;
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                return;
            }

            received += result.Count;
            if (received >= expected)
            {
                received = 0;
                await socket.SendAsync(Encoding.UTF8.GetBytes("""{"type":"outcome"}"""), WebSocketMessageType.Text, true, CancellationToken.None);
            }
        }
    }
}
