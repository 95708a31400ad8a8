using Reassembly.Client;

namespace Reassembly.Docs.Tests.Snippets;

internal static class Receive
{
    public static async Task RunAsync()
    {
        // <shown>
        await using var client = await ReassemblyClient.ConnectAsync(new Uri("ws://localhost:8080/ws"));
        await foreach (var message in client.SubscribeAsync("invoices"))
        {
            await using (message)
            {
                await using var file = File.Create(message.Id.ToString());
                await message.Body.CopyToAsync(file);
                await message.CompleteAsync();
            }
        }
        // </shown>
    }
}
