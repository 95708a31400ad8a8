using System.Security.Cryptography;
using Reassembly.Client;
using Reassembly.Client.Sending;
using Reassembly.EndToEnd.Tests.Hosting;
using Reassembly.Testing;
using Reassembly.Testing.Receiving;
using Xunit.Abstractions;

namespace Reassembly.EndToEnd.Tests;

/// <summary>
/// Subscribers and the server as processes: small frames, and subscribers that lie or stall. What those do not take, another process gets. Of two that
/// have had nothing yet, the one that subscribed first comes first.
/// </summary>
[Collection(Settings.HeavyCollection)]
public sealed class ReceivingTests(ITestOutputHelper output) : IDisposable
{
    private const string Channel = "invoices";

    /// <summary>As much as a server holds for a client that announced nothing.</summary>
    private const int SmallFrame = 8192;

    private const int LargeFrame = 65_536;

    /// <summary>More than sockets take for one who does not read.</summary>
    private const int Large = 24 << 20;

    private const int Small = 20_000;

    private const int PatienceOfServer = 10;

    private readonly DirectoryInfo _inbox = Directory.CreateTempSubdirectory("reassembly-e2e-inbox-");

    private static readonly string[] NonsensePauses = ["-1", "1.5", "\"soon\"", "true", "[]", "{}", "9007199254740992", "1e400"];

    public void Dispose() => _inbox.Delete(recursive: true);

    [Theory]
    [InlineData(SmallFrame)]
    [InlineData(null)]
    public async Task A_subscriber_that_takes_8_KiB_at_once_gets_64_MiB_whole(int? announced)
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Delivery:Directory=");
        using var subscriber = await RawSubscriber.ConnectAsync(server.Ws);
        if (announced is { } bytes)
        {
            await subscriber.SayAsync($$"""{"type":"hello","receiveFrameBytes":{{bytes}}}""");
        }

        await subscriber.SubscribeAsync(Channel);
        var (id, payload) = await CommitAsync(server, 64 << 20);
        var message = await subscriber.ReadTextAsync();
        Assert.Equal(("message", id, 1), (message.GetProperty("type").GetString(), message.GetProperty("id").GetString(), message.GetProperty("attempt").GetInt32()));
        var received = await subscriber.ReadPayloadAsync(payload.Length);
        Assert.True(received.AsSpan().SequenceEqual(payload), "other bytes came");
        await subscriber.DeliveredAsync(id);
        await DrainedAsync(server);
        output.WriteLine($"the largest WebSocket message had {subscriber.LargestMessage} bytes");
        Assert.InRange(subscriber.LargestMessage, 1, SmallFrame);
    }

    [Fact]
    public async Task One_that_does_not_answer_is_told_and_can_take_nothing_back_from_the_next()
    {
        await using var server = await ImpatientAsync();
        using var stalling = await RawSubscriber.ConnectAsync(server.Ws);
        await stalling.SubscribeAsync(Channel);

        // It reads nothing more than the first message. Another process gets that in time, and works on it for long.
        string id;
        byte[] payload;
        await using (var next = ReceiverProcess.Subscriber(server.Ws, Channel, 1, LargeFrame, workMs: 3_600_000, seed: 1))
        {
            await next.StartAsync();
            (id, payload) = await CommitAsync(server, Small);
            Assert.Equal("message", (await stalling.ReadTextAsync()).GetProperty("type").GetString());
            await Eventually.TrueAsync(() => next.Receipts.Any(receipt => receipt.Id == id && receipt.Attempt == 2), "another process has the message in hand");
            Assert.Equal(("EXPIRED", id), await stalling.ReadErrorAsync());
            await stalling.DeliveredAsync(id);
            Assert.Equal(("UNKNOWN_MESSAGE", id), await stalling.ReadErrorAsync());
            stalling.Dispose();
            await next.KillAsync();
        }

        // Had the late answer counted, nobody would get it now.
        await AssertGoesToCommandLineAsync(server, id, payload, attempt: 3);
    }

    [Fact]
    public async Task One_that_stops_reading_loses_its_message_and_is_told()
    {
        await using var server = await ImpatientAsync();
        using var stalling = await RawSubscriber.ConnectAsync(server.Ws);
        await stalling.SubscribeAsync(Channel);
        await using var next = ReceiverProcess.Subscriber(server.Ws, Channel, 1, LargeFrame, workMs: 1, seed: 1);
        await next.StartAsync();
        var (id, payload) = await CommitAsync(server, Large);
        Assert.Equal("message", (await stalling.ReadTextAsync()).GetProperty("type").GetString());
        await AssertGoesToAsync(next, server, id, payload);

        // What it missed it hears as soon as it reads on.
        Assert.Equal(("EXPIRED", id), await stalling.ReadErrorAsync());
        await stalling.DeliveredAsync(id);
        Assert.Equal(("UNKNOWN_MESSAGE", id), await stalling.ReadErrorAsync());
    }

    [Fact]
    public async Task One_that_acknowledges_what_it_never_got_is_told_and_its_message_goes_elsewhere()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Delivery:Directory=");
        using var lying = await RawSubscriber.ConnectAsync(server.Ws);
        await lying.SubscribeAsync(Channel);
        await using var next = ReceiverProcess.Subscriber(server.Ws, Channel, 1, LargeFrame, workMs: 1, seed: 1);
        await next.StartAsync();
        var never = Peer.NewId().ToString();
        await lying.DeliveredAsync(never);
        Assert.Equal(("UNKNOWN_MESSAGE", never), await lying.ReadErrorAsync());
        await lying.SayAsync($$"""{"type":"retry","id":"{{never}}"}""");
        Assert.Equal(("UNKNOWN_MESSAGE", never), await lying.ReadErrorAsync());

        // What waits on another channel is none of its business, either.
        var (foreign, _) = await CommitAsync(server, Small, "others");
        await lying.DeliveredAsync(foreign);
        Assert.Equal(("UNKNOWN_MESSAGE", foreign), await lying.ReadErrorAsync());

        var (id, payload) = await CommitAsync(server, Large);
        Assert.Equal("message", (await lying.ReadTextAsync()).GetProperty("type").GetString());
        await lying.DeliveredAsync(id);
        Assert.Equal(("UNKNOWN_MESSAGE", id), await lying.ReadErrorAsync());
        await AssertGoesToAsync(next, server, id, payload);

        // The connection has lived through all of it; what was acknowledged by one who was not asked is there still.
        await lying.SubscribeAsync("others");
        var message = await lying.ReadTextAsync();
        Assert.Equal((foreign, 1), (message.GetProperty("id").GetString(), message.GetProperty("attempt").GetInt32()));
        await lying.ReadPayloadAsync(Small);
        await lying.DeliveredAsync(foreign);
        await lying.DeliveredAsync(foreign);
        Assert.Equal(("UNKNOWN_MESSAGE", foreign), await lying.ReadErrorAsync());
        await DrainedAsync(server, "others");
    }

    [Fact]
    public async Task A_retry_that_makes_no_sense_is_refused_and_leaves_the_message_in_hand()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Delivery:Directory=");
        using var odd = await RawSubscriber.ConnectAsync(server.Ws);
        await odd.SubscribeAsync(Channel);
        var (id, payload) = await CommitAsync(server, Small);
        Assert.Equal("message", (await odd.ReadTextAsync()).GetProperty("type").GetString());
        await odd.ReadPayloadAsync(Small);
        foreach (var pause in NonsensePauses)
        {
            await odd.SayAsync($$"""{"type":"retry","id":"{{id}}","afterMs":{{pause}}}""");
            Assert.Equal("BAD_JSON", (await odd.ReadErrorAsync()).Code);
        }

        await odd.SayAsync($$"""{"type":"retry","id":"{{id}}","afterMs":0}""");
        odd.Dispose();
        await AssertGoesToCommandLineAsync(server, id, payload, attempt: null);
    }

    private static Task<ServerProcess> ImpatientAsync() => ServerProcess.StartNewAsync("--Reassembly:Delivery:Directory=", $"--Reassembly:Delivery:TimeoutSeconds={PatienceOfServer}");

    private async Task<(string Id, byte[] Payload)> CommitAsync(ServerProcess server, int size, string channel = Channel)
    {
        var payload = new byte[size];
        Settings.Random(output).NextBytes(payload);
        await using var client = await ReassemblyClient.ConnectAsync(server.Ws);
        var result = await client.SendAsync(payload, new SendOptions { Channel = channel });
        return (result.Id.ToString(), payload);
    }

    /// <summary>Starts another process that receives, which must get the message whole.</summary>
    /// <param name="server">Where from.</param>
    /// <param name="id">The message.</param>
    /// <param name="payload">Its bytes.</param>
    /// <param name="attempt">Which attempt it must be; null where that depends on who was quicker.</param>
    private async Task AssertGoesToCommandLineAsync(ServerProcess server, string id, byte[] payload, int? attempt)
    {
        using var process = CliProcess.Start("receive", "--channel", Channel, "-o", _inbox.FullName, "--count", "1", "--to", server.Ws.ToString());
        var (code, told, error) = await process.EndAsync().WaitAsync(HostProcess.Patience, TimeProvider.System);
        Assert.True(code == 0, error);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(payload));
        Assert.StartsWith($"{id} {payload.Length} {sha256} {attempt}", told, StringComparison.Ordinal);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(_inbox.FullName, id)))));
        await DrainedAsync(server);
    }

    private static async Task AssertGoesToAsync(ReceiverProcess next, ServerProcess server, string id, byte[] payload)
    {
        await Eventually.TrueAsync(() => next.Receipts.Any(receipt => receipt.Kind != ReceiptKind.Began), "another process has the message");
        var receipts = next.Receipts;
        Assert.DoesNotContain(receipts, static receipt => receipt.Kind == ReceiptKind.Fault);
        var has = Assert.Single(receipts, static receipt => receipt.Kind == ReceiptKind.Has);
        Assert.Equal((id, 2, payload.Length, Convert.ToHexStringLower(SHA256.HashData(payload))), (has.Id, has.Attempt, has.Size, has.Sha256));
        await DrainedAsync(server);
    }

    private static async Task DrainedAsync(ServerProcess server, string channel = Channel)
    {
        using var http = new HttpClient { BaseAddress = server.Http };
        await Eventually.TrueAsync(
            async () => (await http.GetStringAsync($"/channels/{channel}")).Contains("\"waiting\":0,\"inFlight\":0,\"dead\":0", StringComparison.Ordinal),
            $"nothing is left of channel {channel}");
    }
}
