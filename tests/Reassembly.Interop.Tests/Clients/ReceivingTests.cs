using System.Text.Json;
using Reassembly.Client;
using Reassembly.Client.Sending;
using Reassembly.Interop.Tests.Clients.Results;

namespace Reassembly.Interop.Tests.Clients;

/// <summary>Each client, on its library: what a channel holds arrives whole, and is taken off it.</summary>
[Collection(ClientsFixture.Name)]
public sealed class ReceivingTests(ClientsFixture clients)
{
    private const int ReceiveFrameBytes = 32_768;

    [Theory, Libraries]
    public async Task A_payload_is_received(string id)
    {
        var library = await clients.StartAsync(id);
        var channel = ClientsFixture.NewChannel();
        await using var sender = await ReassemblyClient.ConnectAsync(clients.Server.Ws);
        await using var payload = File.OpenRead(clients.Large.Path);
        var sent = await sender.SendAsync(payload, new SendOptions { Channel = channel });

        var received = await library.ReceiveAsync(clients.Server.Ws, channel, ReceiveFrameBytes);

        Assert.Equal((sent.Id.ToString(), clients.Large.Bytes, clients.Large.Sha256), (received.Id, received.Size, received.Sha256));
        Assert.Equal(clients.Large.Sha256, received.Body);
        Assert.Equal(1, received.Attempt);
        using var http = new HttpClient { BaseAddress = clients.Server.Http };
        await Eventually.TrueAsync(
            async () =>
            {
                using var state = JsonDocument.Parse(await http.GetStringAsync($"/channels/{channel}"));
                return (state.RootElement.GetProperty("waiting").GetInt32(), state.RootElement.GetProperty("inFlight").GetInt32()) == (0, 0);
            },
            $"what {id} said of its message has been heard, and the channel is empty");
        clients.Results.Set(id, Check.Received, "yes");
    }
}
