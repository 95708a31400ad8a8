using System.Text.Json.Nodes;
using Reassembly.Benchmarks.Load;

namespace Reassembly.Benchmarks.Peers;

/// <summary>Our sender on .NET, as a process of its own: one connection, chunks of 64 KiB frames, no more than the credit.</summary>
internal static class LoadSender
{
    public static async Task RunAsync(Uri server, string file)
    {
        await using var connection = await LoadConnection.OpenAsync(server, hasCredit: true);
        await SenderLoop.RunAsync(file, async payload => new JsonObject { ["id"] = (await connection.SendAsync(payload)).ToString() });
    }
}
