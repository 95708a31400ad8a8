using Reassembly.Client;
using Reassembly.Client.Sending;

namespace Reassembly.Docs.Tests.Snippets;

internal static class Send
{
    public static async Task<SendResult> RunAsync()
    {
        // <shown>
        await using var client = await ReassemblyClient.ConnectAsync(new Uri("ws://localhost:8080/ws"));
        await using var file = File.OpenRead("invoice.pdf");
        var result = await client.SendAsync(file, new SendOptions { Channel = "invoices", ContentType = "application/pdf" });
        Console.WriteLine($"{result.Id}: {result.Size} bytes, SHA-256 {result.Sha256}");
        // </shown>
        return result;
    }
}
