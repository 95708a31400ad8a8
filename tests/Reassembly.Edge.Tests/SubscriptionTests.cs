using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Edge.Tests.Hosting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Testing;

namespace Reassembly.Edge.Tests;

/// <summary>Receiving (protocol section 5), over WebSocket and over HTTP, on one node.</summary>
public sealed class SubscriptionTests
{
    /// <summary>More than all that is between two sockets takes.</summary>
    private const int Large = 32 << 20;

    private static readonly Dictionary<string, string?> Patient = new() { ["Reassembly:Delivery:TimeoutSeconds"] = "60" };

    private static readonly Dictionary<string, string?> Impatient = new() { ["Reassembly:Delivery:TimeoutSeconds"] = "10", ["Reassembly:Delivery:MaxAttempts"] = "3" };

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(300_000, null)]
    [InlineData(300_000, 512)]
    [InlineData(300_000, 1_000_000)]
    public async Task A_subscriber_gets_the_payload_whole_in_frames_of_the_size_it_takes(int size, int? receiveFrameBytes)
    {
        await using var host = await EdgeHost.StartAsync();
        using var subscriber = await Subscriber.ConnectAsync(host.Address("/ws"), receiveFrameBytes);
        await subscriber.SubscribeAsync("invoices");
        var (id, payload) = await CommitAsync(host, size, new OpenMessage
        {
            Id = Hosting.Peer.NewId(),
            Channel = "invoices",
            ContentType = "application/pdf",
            Headers = new Dictionary<string, string> { ["Customer"] = "Müller" },
        });

        var (message, received) = await subscriber.ReceiveAsync();
        Assert.Equal(payload, received);
        Assert.Equal((id, "invoices", size, 1, "application/pdf", "Müller"), (message.Id, message.Channel, message.Size, message.Attempt, message.ContentType, message.Headers!["Customer"]));
        Assert.InRange(subscriber.LargestFrame, 1, Math.Min(receiveFrameBytes ?? 8192, 65_536));
        await subscriber.DeliveredAsync(id);
        await DrainedAsync(host, "invoices");
    }

    [Fact]
    public async Task What_was_committed_before_anybody_subscribed_comes_in_order_of_commit_with_credit_as_given()
    {
        await using var host = await EdgeHost.StartAsync();
        var ids = new List<MessageId>();
        for (var count = 0; count < 5; count++)
        {
            ids.Add((await CommitAsync(host, 100, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" })).Id);
        }

        using var subscriber = await Subscriber.ConnectAsync(host.Address("/ws"));
        await subscriber.SubscribeAsync("c", 2);
        var first = (await subscriber.ReceiveAsync()).Message.Id;
        var second = (await subscriber.ReceiveAsync()).Message.Id;
        await Eventually.TrueAsync(async () => await ChannelAsync(host, "c") is (3, 2, 0), "two are on their way and three wait");
        var got = new List<MessageId> { first, second };
        while (got.Count < 5)
        {
            await subscriber.DeliveredAsync(got[^2]);
            got.Add((await subscriber.ReceiveAsync()).Message.Id);
        }

        Assert.Equal(ids, got);
    }

    [Fact]
    public async Task A_lost_connection_and_a_retry_hand_the_message_on_with_the_attempt_raised()
    {
        await using var host = await EdgeHost.StartAsync();
        var (id, _) = await CommitAsync(host, 20_000, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        using (var lost = await Subscriber.ConnectAsync(host.Address("/ws")))
        {
            await lost.SubscribeAsync("c");
            Assert.Equal(1, (await lost.ReceiveAsync()).Message.Attempt);
        }

        using var next = await Subscriber.ConnectAsync(host.Address("/ws"));
        await next.SubscribeAsync("c");
        Assert.Equal((id, 2), ((await next.ReceiveAsync()) is var (second, _) ? (second.Id, second.Attempt) : default));
        var began = TimeProvider.System.GetTimestamp();
        await next.RetryAsync(id, 700);
        Assert.Equal(3, (await next.ReceiveAsync()).Message.Attempt);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0.65, 20);
    }

    [Fact]
    public async Task Who_does_not_answer_or_lies_gets_a_clear_error_and_its_message_goes_elsewhere()
    {
        await using var host = await EdgeHost.StartAsync(Impatient);
        using var stalling = await Subscriber.ConnectAsync(host.Address("/ws"));
        await stalling.SubscribeAsync("c");
        var (id, _) = await CommitAsync(host, 1000, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        await stalling.ReceiveAsync();
        var error = await stalling.ReceiveAsync<ErrorMessage>();
        Assert.Equal((ErrorCode.Expired, id), (error.Code, error.Id!.Value));
        using var other = await Subscriber.ConnectAsync(host.Address("/ws"));
        await other.SubscribeAsync("c");
        var again = (await other.ReceiveAsync()).Message;
        Assert.Equal((id, 2), (again.Id, again.Attempt));

        // Too late, and what was never sent here.
        await stalling.DeliveredAsync(id);
        Assert.Equal(ErrorCode.UnknownMessage, (await stalling.ReceiveAsync<ErrorMessage>()).Code);
        await stalling.DeliveredAsync(Hosting.Peer.NewId());
        Assert.Equal(ErrorCode.UnknownMessage, (await stalling.ReceiveAsync<ErrorMessage>()).Code);
        await other.DeliveredAsync(id);
        await DrainedAsync(host, "c");
    }

    [Fact]
    public async Task After_too_many_attempts_a_message_is_a_dead_letter_that_can_be_listed_sent_again_and_dropped()
    {
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?> { ["Reassembly:Delivery:MaxAttempts"] = "3" });
        var (id, _) = await CommitAsync(host, 1000, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        using var subscriber = await Subscriber.ConnectAsync(host.Address("/ws"));
        await subscriber.SubscribeAsync("c");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(attempt, (await subscriber.ReceiveAsync()).Message.Attempt);
            await subscriber.RetryAsync(id);
        }

        await Eventually.TrueAsync(async () => await ChannelAsync(host, "c") is (0, 0, 1), "it is a dead letter");
        using var http = host.Client();
        var letter = (await http.GetFromJsonAsync<JsonElement>("/channels/c/dead-letters")).GetProperty("deadLetters")[0];
        Assert.Equal((id.ToString(), "subscribers", 3), (letter.GetProperty("id").GetString(), letter.GetProperty("sink").GetString(), letter.GetProperty("attempts").GetInt32()));
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync($"/channels/c/dead-letters/{id}/retry", null)).StatusCode);
        Assert.Equal(1, (await subscriber.ReceiveAsync()).Message.Attempt);
        for (var attempt = 1; attempt < 3; attempt++)
        {
            await subscriber.RetryAsync(id);
            await subscriber.ReceiveAsync();
        }

        await subscriber.RetryAsync(id);
        await Eventually.TrueAsync(async () => (await http.DeleteAsync($"/channels/c/dead-letters/{id}")).StatusCode == HttpStatusCode.NoContent, "it is dropped");
        Assert.Equal(HttpStatusCode.NotFound, (await http.DeleteAsync($"/channels/c/dead-letters/{id}")).StatusCode);
        await DrainedAsync(host, "c");
    }

    [Fact]
    public async Task Dead_letters_of_messages_with_many_sinks_are_listed_page_by_page_whole()
    {
        await using var host = await EdgeHost.StartAsync(configure: static builder =>
        {
            for (var number = 0; number < 3; number++)
            {
                builder.Services.AddSingleton<IDeliverySink>(new Refusing($"sink-{number}"));
            }
        });
        var ids = new List<MessageId>();
        for (var count = 0; count < 3; count++)
        {
            ids.Add((await CommitAsync(host, 10, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" })).Id);
        }

        await Eventually.TrueAsync(async () => await ChannelAsync(host, "c") is (3, 0, 9), "all are dead letters");
        using var http = host.Client();
        var letters = new List<string>();
        var (pages, after) = (0, string.Empty);
        for (; ; pages++)
        {
            var page = await http.GetFromJsonAsync<JsonElement>($"/channels/c/dead-letters?limit=2{after}");
            letters.AddRange(page.GetProperty("deadLetters").EnumerateArray().Select(letter => $"{letter.GetProperty("id")} {letter.GetProperty("sink")}"));
            if (!page.TryGetProperty("next", out var next))
            {
                break;
            }

            after = $"&after={Uri.EscapeDataString(next.GetString()!)}";
        }

        Assert.Equal(ids.SelectMany(id => Enumerable.Range(0, 3).Select(number => $"{id} sink-{number}")), letters);
        Assert.Equal(4, pages);
        foreach (var bad in new[] { "", "x", ":", ":sink-0", "-1:sink-0", $"{ids[0]}" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync($"/channels/c/dead-letters?after={bad}")).StatusCode);
        }

        // A sink of which no node is known is shown as that.
        var ledger = host.App.Services.GetRequiredService<IDeliveryLedger>();
        await ledger.NoteServedAsync("c", "sink-1", isServed: false, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), default);
        var sinks = (await http.GetFromJsonAsync<JsonElement>("/channels/c")).GetProperty("sinks");
        Assert.Equal(
            [null, "2026-01-02T03:04:05+00:00", null, null],
            sinks.EnumerateArray().Select(sink => sink.TryGetProperty("unservedSince", out var since) ? since.GetString() : null));
    }

    [Fact]
    public async Task Without_a_socket_a_message_is_claimed_and_answered_once_over_http()
    {
        await using var host = await EdgeHost.StartAsync(Impatient);
        using var http = host.Client();
        var claim = http.PostAsync("/channels/c%20d/claim?waitSeconds=20", null);
        var (id, payload) = await CommitAsync(host, 1000, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c d" });
        var message = await (await claim).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("message", id.ToString(), 1), (message.GetProperty("type").GetString(), message.GetProperty("id").GetString(), message.GetProperty("attempt").GetInt32()));
        Assert.Equal(payload, await http.GetByteArrayAsync($"/messages/{id}"));
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync("/channels/c%20d/claim", null)).StatusCode);

        // Its time runs out, and the next claim has the next attempt; the first one's answer comes too late.
        var first = ClaimOf(message);
        var second = await (await http.PostAsync("/channels/c%20d/claim?waitSeconds=20", null)).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(2, second.GetProperty("attempt").GetInt32());
        var late = await http.PostAsync($"/channels/c%20d/messages/{id}/delivered?claim={first}", null);
        Assert.Equal((HttpStatusCode.Conflict, "UNKNOWN_MESSAGE"), (late.StatusCode, (await late.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()));
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync($"/channels/c%20d/messages/{id}/delivered?claim={ClaimOf(second)}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await http.PostAsync($"/channels/c%20d/messages/{id}/delivered?claim={ClaimOf(second)}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync($"/channels/c%20d/messages/{Hosting.Peer.NewId()}/delivered?claim={ClaimOf(second)}", null)).StatusCode);
        foreach (var bad in new[] { "", "?claim=", "?claim=2", "?claim=2-3", "?attempt=2", $"?claim={first}&claim={first}" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync($"/channels/c%20d/messages/{id}/delivered{bad}", null)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/channels/c%20d/claim?waitSeconds=x", null)).StatusCode);
        await DrainedAsync(host, "c d");
    }

    [Fact]
    public async Task Nobody_settles_over_http_what_a_subscriber_or_another_claimer_has_in_hand()
    {
        await using var host = await EdgeHost.StartAsync();
        using var http = host.Client();
        using var subscriber = await Subscriber.ConnectAsync(host.Address("/ws"));
        await subscriber.SubscribeAsync("c");
        var (id, _) = await CommitAsync(host, 1000, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        Assert.Equal(1, (await subscriber.ReceiveAsync()).Message.Attempt);
        var (claimed, _) = await CommitAsync(host, 1000, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        var mine = ClaimOf(await (await http.PostAsync("/channels/c/claim?waitSeconds=20", null)).Content.ReadFromJsonAsync<JsonElement>());
        foreach (var (message, guess) in new[] { (id, mine), (id, $"1-{Guid.Empty:N}"), (id, $"1-{Guid.NewGuid():N}"), (claimed, $"1-{Guid.NewGuid():N}"), (claimed, mine.Replace("1-", "2-", StringComparison.Ordinal)) })
        {
            foreach (var answer in new[] { "delivered", "retry" })
            {
                Assert.Equal(HttpStatusCode.Conflict, (await http.PostAsync($"/channels/c/messages/{message}/{answer}?claim={guess}", null)).StatusCode);
            }
        }

        Assert.Equal((0, 2, 0), await ChannelAsync(host, "c"));
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync($"/channels/c/messages/{claimed}/retry?claim={mine}&afterMs=0", null)).StatusCode);
        await subscriber.DeliveredAsync(id);
        var (again, _) = await subscriber.ReceiveAsync();
        Assert.Equal((claimed, 2), (again.Id, again.Attempt));
        await subscriber.DeliveredAsync(claimed);
        await DrainedAsync(host, "c");
    }

    [Fact]
    public async Task Who_does_not_read_a_message_that_is_on_its_way_loses_it_and_is_told_so_when_it_reads_on()
    {
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?> { ["Reassembly:Delivery:TimeoutSeconds"] = "5" });
        using var stalling = await Subscriber.ConnectAsync(host.Address("/ws"), 65_536);
        await stalling.SubscribeAsync("c");
        var (id, payload) = await CommitAsync(host, Large, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        await stalling.ReceiveAsync<PayloadMessage>();
        using var other = await Subscriber.ConnectAsync(host.Address("/ws"), 65_536);
        await other.SubscribeAsync("c");
        await other.ReceiveAsync<PayloadMessage>();
        var whole = other.ReceiveAsync();
        var error = await stalling.ReceiveAsync<ErrorMessage>();
        Assert.Equal((ErrorCode.Expired, id), (error.Code, error.Id!.Value));
        Assert.Contains("too slowly", error.Message, StringComparison.Ordinal);
        var (message, received) = await whole;
        Assert.Equal((id, 2), (message.Id, message.Attempt));
        Assert.Equal(payload, received);
        await other.DeliveredAsync(id);
        await DrainedAsync(host, "c");
        other.Dispose();
        var (next, _) = await CommitAsync(host, 100, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        Assert.Equal(next, (await stalling.ReceiveAsync()).Message.Id);
    }

    [Fact]
    public async Task A_frame_size_that_is_lowered_midway_holds_from_then_on_and_the_payload_comes_whole()
    {
        await using var host = await EdgeHost.StartAsync();
        using var subscriber = await Subscriber.ConnectAsync(host.Address("/ws"), 65_536);
        await subscriber.SubscribeAsync("c");
        var (id, payload) = await CommitAsync(host, Large, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        await subscriber.ReceiveAsync<PayloadMessage>();
        foreach (var bytes in new[] { 30_000, 1000, 4097, 512 })
        {
            await subscriber.ChangeReceiveFrameBytesAsync(bytes);
        }

        await subscriber.ChangeReceiveFrameBytesAsync(20_001);
        var (message, received) = await subscriber.ReceiveAsync();
        Assert.Equal((id, 1), (message.Id, message.Attempt));
        Assert.Equal(payload, received);
        Assert.InRange(subscriber.LargestFrame, 1, 20_001);
        await subscriber.DeliveredAsync(id);
        await DrainedAsync(host, "c");
    }

    [Fact]
    public async Task A_receiver_that_works_on_a_message_and_does_not_read_is_not_cut_before_its_time_is_over()
    {
        var time = new ManualTimeProvider();
        await using var host = await EdgeHost.StartAsync(Patient, time: time);
        await using var idle = await RawSocketPeer.ConnectAsync(host);
        await using var busy = await RawSocketPeer.ConnectAsync(host);
        await busy.SendBytesAsync(RawSocketPeer.Frame(0x81, """{"type":"subscribe","channel":"c"}"""u8.ToArray()));
        var (id, _) = await CommitAsync(host, 100, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        for (string? text = null; text?.Contains("\"message\"", StringComparison.Ordinal) != true;)
        {
            text = System.Text.Encoding.UTF8.GetString((await busy.ReadFrameAsync()).Payload);
        }

        // The payload. From here on it reads nothing.
        await busy.ReadFrameAsync();

        // Neither answers a ping; one of them has a message to work on, and 60 s for it.
        await PassAsync(time, 41);
        await idle.ReadToEndAsync();
        await busy.SendBytesAsync(RawSocketPeer.Frame(0x81, System.Text.Encoding.UTF8.GetBytes($$"""{"type":"delivered","id":"{{id}}"}""")));
        await DrainedAsync(host, "c");
        await CommitAsync(host, 100, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c" });
        await Eventually.TrueAsync(async () => await ChannelAsync(host, "c") is (0, 1, 0), "it has the next");
        await PassAsync(time, 106);
        await busy.ReadToEndAsync();
    }

    [Fact]
    public async Task A_description_that_does_not_fit_is_an_error_that_names_the_size()
    {
        await using var host = await EdgeHost.StartAsync();
        using var small = await Subscriber.ConnectAsync(host.Address("/ws"), 512);
        await small.SubscribeAsync("c");
        var (id, _) = await CommitAsync(host, 10, new OpenMessage { Id = Hosting.Peer.NewId(), Channel = "c", Headers = new Dictionary<string, string> { ["long"] = new('x', 600) } });
        var error = await small.ReceiveAsync<ErrorMessage>();
        Assert.Equal((ErrorCode.FrameTooBig, id), (error.Code, error.Id!.Value));
        using var large = await Subscriber.ConnectAsync(host.Address("/ws"));
        await large.SubscribeAsync("c");
        small.Dispose();
        Assert.Equal(id, (await large.ReceiveAsync()).Message.Id);
    }

    private static async Task<(MessageId Id, byte[] Payload)> CommitAsync(EdgeHost host, int size, OpenMessage open)
    {
        var payload = RandomNumberGenerator.GetBytes(size);
        using var sender = await Hosting.Peer.ConnectAsync(host);
        await sender.SendAsync(open);
        var offset = 0;
        do
        {
            var length = Math.Min(60_000, size - offset);
            await sender.SendAsync(Hosting.Peer.Chunk(open.Id, offset, payload.AsSpan(offset, length), last: offset + length == size));
            offset += length;
        }
        while (offset < size);
        Assert.Equal(OutcomeState.Committed, (await sender.ReceiveUntilAsync<OutcomeMessage>()).State);
        return (open.Id, payload);
    }

    /// <summary>Lets the clock pass in steps, as its timers would see it.</summary>
    private static async Task PassAsync(ManualTimeProvider time, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private sealed class Refusing(string name) : IDeliverySink
    {
        public string Name => name;

        public Task DeliverAsync(CommittedPayload payload, CancellationToken cancellationToken) => throw new DeliveryRefusedException("never", isFinal: true);
    }

    private static string ClaimOf(JsonElement message) => message.GetProperty("claim").GetString()!;

    private static async Task<(long Waiting, long InFlight, long Dead)> ChannelAsync(EdgeHost host, string channel)
    {
        using var http = host.Client();
        var body = await http.GetFromJsonAsync<JsonElement>($"/channels/{Uri.EscapeDataString(channel)}");
        return (body.GetProperty("waiting").GetInt64(), body.GetProperty("inFlight").GetInt64(), body.GetProperty("dead").GetInt64());
    }

    private static Task DrainedAsync(EdgeHost host, string channel)
        => Eventually.TrueAsync(async () => await ChannelAsync(host, channel) is (0, 0, 0), "nothing is left");
}
