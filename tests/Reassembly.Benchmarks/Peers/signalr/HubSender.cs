using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace Reassembly.Benchmarks.Peers.SignalR;

/// <summary>Streams the payload to the hub, in pieces that fill its messages.</summary>
internal static class HubSender
{
    /// <summary>What MessagePack and the hub protocol put around a piece is less than this.</summary>
    private const int OverheadBytes = 64;

    private const int PieceBytes = HubServer.MessageBytes - OverheadBytes;

    public static async Task RunAsync(string url, string file)
    {
        await using var connection = new HubConnectionBuilder()
            .WithUrl(url + HubServer.Path, HttpTransportType.WebSockets)
            .AddMessagePackProtocol()
            .Build();
        await connection.StartAsync();
        await SenderLoop.RunAsync(file, async payload =>
        {
            var length = await connection.InvokeAsync<long>(nameof(UploadHub.Upload), Pieces(payload));
            return length == payload.Length ? [] : throw new InvalidOperationException($"{length} bytes arrived");
        });
    }

    /// <summary>Each piece is an array of its own: the library may hold it for as long as it likes.</summary>
    private static async IAsyncEnumerable<byte[]> Pieces(byte[] payload)
    {
        for (var at = 0; at < payload.Length; at += PieceBytes)
        {
            yield return payload[at..Math.Min(at + PieceBytes, payload.Length)];
        }

        await Task.CompletedTask;
    }
}
