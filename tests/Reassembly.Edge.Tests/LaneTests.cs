using System.Security.Cryptography;
using Reassembly.Core.Routing;
using Reassembly.Edge.Tests.Hosting;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Tests;

public sealed class LaneTests
{
    [Fact]
    public async Task Chunks_that_arrive_during_a_call_go_together_in_the_next_and_acks_are_coalesced()
    {
        var router = new HeldRouter();
        await using var host = await EdgeHost.StartAsync(router: router);
        using var peer = await Peer.ConnectAsync(host);
        var id = Peer.NewId();
        for (var index = 0; index < 10; index++)
        {
            await peer.SendAsync(Peer.Chunk(id, index * 2000, new byte[2000]));
        }

        await peer.AssertAliveAsync();
        var first = await router.NextAsync();
        Assert.False(router.HasCall);
        first.Ack(first.Offsets.Length * 2000);
        var second = await router.NextAsync();
        Assert.Equal(Enumerable.Range(0, 10).Select(index => index * 2000L), first.Offsets.Concat(second.Offsets));
        second.Ack(20_000);
        var acks = 1;
        while ((await peer.ReceiveAsync<AckMessage>()).Durable < 20_000)
        {
            acks++;
        }

        Assert.InRange(acks, 1, 2);
    }

    [Fact]
    public async Task An_open_keeps_its_place_among_the_chunks()
    {
        var router = new HeldRouter();
        await using var host = await EdgeHost.StartAsync(router: router);
        using var peer = await Peer.ConnectAsync(host);
        var id = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
        await peer.SendAsync(Peer.Chunk(id, 2000, new byte[2000]));
        await peer.SendAsync(new OpenMessage { Id = id });
        await peer.SendAsync(Peer.Chunk(id, 4000, new byte[2000]));
        await peer.AssertAliveAsync();

        var seen = new List<string>();
        for (var done = 0; done < 4;)
        {
            var call = await router.NextAsync();
            seen.AddRange(call.Name == "append" ? call.Offsets.Select(offset => $"{offset}") : [call.Name]);
            done += call.Name == "append" ? call.Offsets.Length : 1;
            call.Ack(0);
        }

        Assert.Equal(["0", "2000", "open", "4000"], seen);
    }

    [Fact]
    public async Task A_slow_message_holds_up_no_other_of_its_connection()
    {
        var router = new HeldRouter();
        await using var host = await EdgeHost.StartAsync(router: router);
        using var peer = await Peer.ConnectAsync(host);
        var (slow, quick) = (Peer.NewId(), Peer.NewId());
        await peer.SendAsync(Peer.Chunk(slow, 0, new byte[2000]));
        var held = await router.NextAsync();
        await peer.SendAsync(Peer.Chunk(quick, 0, new byte[2000]));
        (await router.NextAsync()).Ack(2000);
        Assert.Equal(quick, (await peer.ReceiveAsync<AckMessage>()).Id);
        held.Ack(2000);
        Assert.Equal(slow, (await peer.ReceiveAsync<AckMessage>()).Id);
    }

    [Fact]
    public async Task An_outcome_that_comes_by_itself_is_told_once()
    {
        var router = new HeldRouter();
        await using var host = await EdgeHost.StartAsync(router: router);
        using var peer = await Peer.ConnectAsync(host);
        var id = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
        (await router.NextAsync()).Ack(2000);
        await peer.ReceiveAsync<AckMessage>();
        await peer.SendAsync(Peer.Chunk(id, 2000, new byte[2000]));
        var held = await router.NextAsync();
        var expired = Receipt.Of(new OutcomeMessage { Id = id, State = OutcomeState.Expired });
        router.Ended.SetResult(expired);
        Assert.Equal(OutcomeState.Expired, (await peer.ReceiveAsync<OutcomeMessage>()).State);
        held.Answer.SetResult(expired);
        await peer.SendTextAsync("""{"type":"ping","nonce":1}""");
        await peer.ReceiveAsync<PongMessage>();

        await peer.SendAsync(Peer.Chunk(id, 4000, new byte[2000]));
        (await router.NextAsync()).Answer.SetResult(Receipt.Of(expired.Outcome! with { Size = 3 }));
        Assert.Equal(3, (await peer.ReceiveAsync<OutcomeMessage>()).Size);
    }

    [Fact]
    public async Task An_owner_that_fails_costs_one_error_and_not_the_connection()
    {
        var router = new HeldRouter();
        await using var host = await EdgeHost.StartAsync(router: router);
        using var peer = await Peer.ConnectAsync(host);
        var id = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
        (await router.NextAsync()).Answer.SetException(new InvalidOperationException("broken"));
        var error = await peer.ReceiveAsync<ErrorMessage>();
        Assert.Equal((ErrorCode.NotDurable, true, id), (error.Code, error.Retryable, error.Id!.Value));
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task Memory_that_is_used_up_is_answered_with_overloaded_and_then_comes_back()
    {
        var router = new HeldRouter();
        await using var host = await EdgeHost.StartAsync(
            new Dictionary<string, string?> { ["Reassembly:Edge:ConnectionBufferBytes"] = "131072" }, router);
        using var peer = await Peer.ConnectAsync(host);
        var ids = Enumerable.Range(0, 3).Select(_ => Peer.NewId()).ToArray();
        var began = TimeProvider.System.GetTimestamp();
        foreach (var id in ids)
        {
            await peer.SendAsync(Peer.Chunk(id, 0, RandomNumberGenerator.GetBytes(65_000)));
        }

        var error = await peer.ReceiveAsync<ErrorMessage>();
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 4, 25);
        Assert.Equal((ErrorCode.Overloaded, true, ids[2]), (error.Code, error.Retryable, error.Id!.Value));
        Assert.NotNull(error.RetryAfterMs);

        (await router.NextAsync()).Ack(65_000);
        (await router.NextAsync()).Ack(65_000);
        await peer.SendAsync(Peer.Chunk(ids[2], 0, RandomNumberGenerator.GetBytes(65_000)));
        Assert.Equal(ids[2], (await router.NextAsync()).Key.Id);
    }
}
