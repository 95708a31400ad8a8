using System.Net;
using System.Security.Cryptography;
using Reassembly.Client;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests;

/// <summary>Small limits, set as a person sets them, hold in a real process; and what hits them recovers.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task OpenMessages_refuses_one_too_many_until_another_has_ended()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Limits:OpenMessages=2");
        using var peer = await Peer.ConnectAsync(server.Ws);
        Assert.Equal(2, peer.Welcome.Limits.OpenMessages);
        Protocol.MessageId[] ids = [Peer.NewId(), Peer.NewId(), Peer.NewId()];
        await peer.SendAsync(Peer.Chunk(ids[0], 0, new byte[2000]));
        await peer.ReceiveAsync<AckMessage>(ack => ack.Id == ids[0]);
        await peer.SendAsync(new OpenMessage { Id = ids[1] });
        await peer.ReceiveAsync<AckMessage>(ack => ack.Id == ids[1]);

        await peer.SendAsync(Peer.Chunk(ids[2], 0, new byte[2000], last: true));
        var error = await peer.ReceiveAsync<ErrorMessage>();
        CheckRetryable(error, ErrorCode.TooManyOpen, ids[2]);
        Assert.Equal(("openMessages", 2L), (error.Limit!.Name, error.Limit.Max));

        await peer.SendAsync(new AbortMessage { Id = ids[0] });
        Assert.Equal(OutcomeState.Aborted, (await peer.OutcomeAsync(ids[0])).State);

        // Its place becomes free a moment after its end was told.
        await Eventually.TrueAsync(
            async () =>
            {
                await peer.SendAsync(Peer.Chunk(ids[2], 0, new byte[2000], last: true));
                return await peer.ReceiveAsync() is OutcomeMessage { State: OutcomeState.Committed };
            },
            "another message was taken in its place");
        await peer.CommitHonestAsync();
    }

    [Fact]
    public async Task IdleSeconds_ends_a_silent_message_and_tells_its_sender()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Limits:IdleSeconds=5");
        using var peer = await Peer.ConnectAsync(server.Ws);
        var id = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
        var outcome = await peer.OutcomeAsync(id);
        Assert.Equal(OutcomeState.Expired, outcome.State);

        // Sticky, whatever comes, here and elsewhere.
        await peer.SendAsync(Peer.Chunk(id, 2000, new byte[2000], last: true));
        Assert.Equal(outcome, await peer.OutcomeAsync(id));
        using var other = await Peer.ConnectAsync(server.Ws);
        await other.SendAsync(new StatusMessage { Id = id });
        Assert.Equal(outcome, await other.OutcomeAsync(id));
        await peer.CommitHonestAsync();
    }

    [Fact]
    public async Task MessageSeconds_ends_a_message_that_never_ends_and_ttlSeconds_can_only_shorten_it()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Limits:MessageSeconds=2");
        var time = TimeProvider.System;
        using var peer = await Peer.ConnectAsync(server.Ws);
        var started = time.GetTimestamp();
        Assert.Equal(OutcomeState.Expired, (await SendUntilEndedAsync(peer, ttlSeconds: 100)).State);
        Assert.InRange(time.GetElapsedTime(started).TotalSeconds, 1.9, 30);
        started = time.GetTimestamp();
        Assert.Equal(OutcomeState.Expired, (await SendUntilEndedAsync(peer, ttlSeconds: 1)).State);
        Assert.InRange(time.GetElapsedTime(started).TotalSeconds, 0.9, 30);
    }

    [Fact]
    public async Task RetentionSeconds_keeps_an_outcome_so_long_and_no_longer()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Limits:RetentionSeconds=15");
        using var peer = await Peer.ConnectAsync(server.Ws);
        using var http = new HttpClient { BaseAddress = server.Http };
        var id = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000], last: true));
        var outcome = await peer.OutcomeAsync(id);
        await peer.SendAsync(new StatusMessage { Id = id });
        Assert.Equal(outcome, await peer.OutcomeAsync(id));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"/messages/{id}")).StatusCode);

        await Eventually.TrueAsync(
            async () =>
            {
                await peer.SendAsync(new StatusMessage { Id = id });
                var answer = await peer.ReceiveAsync();
                Assert.True(answer is ErrorMessage || outcome.Equals(answer), $"{answer}");
                return answer is ErrorMessage { Code: ErrorCode.UnknownMessage };
            },
            "the outcome is forgotten");
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/messages/{id}")).StatusCode);

        // The id is free again, and what was delivered stays.
        Assert.True(File.Exists(Path.Combine(server.DeliveryFolder, "default", id.ToString())));
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[3000], last: true));
        Assert.Equal((OutcomeState.Committed, 3000L), (await peer.OutcomeAsync(id)) is var again ? (again.State, again.Size!.Value) : default);
    }

    [Fact]
    public async Task StoreBytes_refuses_what_does_not_fit_until_room_is_made()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Limits:StoreBytes=100000");
        using var peer = await Peer.ConnectAsync(server.Ws);
        var first = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(first, 0, new byte[60_000]));
        await peer.ReceiveAsync<AckMessage>(ack => ack.Id == first);

        var second = Peer.NewId();
        var payload = RandomNumberGenerator.GetBytes(60_000);
        await peer.SendAsync(Peer.Chunk(second, 0, payload, last: true));
        CheckRetryable(await peer.ReceiveAsync<ErrorMessage>(), ErrorCode.QuotaExceeded, second);
        await peer.CommitHonestAsync();
        await peer.SendAsync(new AbortMessage { Id = first });
        Assert.Equal(OutcomeState.Aborted, (await peer.OutcomeAsync(first)).State);

        await Eventually.TrueAsync(
            async () =>
            {
                await peer.SendAsync(Peer.Chunk(second, 0, payload, last: true));
                var answer = await peer.ReceiveAsync<ServerMessage>(message => message is ErrorMessage or OutcomeMessage);
                if (answer is ErrorMessage refused)
                {
                    CheckRetryable(refused, ErrorCode.QuotaExceeded, second);
                    return false;
                }

                Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), Assert.IsType<OutcomeMessage>(answer).Sha256);
                return true;
            },
            "there is room again once the bytes of the first message are dropped");
    }

    [Fact]
    public async Task MessageBytes_and_FrameBytes_are_told_and_kept()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Limits:MessageBytes=1000000", "--Reassembly:Limits:FrameBytes=8192");
        await using var client = await ReassemblyClient.ConnectAsync(server.Ws);
        var result = await client.SendAsync(RandomNumberGenerator.GetBytes(1_000_000).AsMemory());
        Assert.Equal((1_000_000 + 8143) / 8144, result.Chunks);
        var refused = await Assert.ThrowsAsync<Client.Errors.MessageRejectedException>(() => client.SendAsync(new byte[1_000_001].AsMemory()));
        Assert.Contains("1000000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeBufferBytes_holds_fast_senders_back_and_all_commit()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Limits:NodeBufferBytes=262144");
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            await using var client = await ReassemblyClient.ConnectAsync(server.Ws);
            var payloads = Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetBytes(2 << 20)).ToArray();
            var results = await Task.WhenAll(payloads.Select(payload => client.SendAsync(payload.AsMemory())));
            Assert.Equal(payloads.Select(payload => Convert.ToHexStringLower(SHA256.HashData(payload))), results.Select(result => result.Sha256));
        }));
    }

    /// <summary>Sends the same chunk again after each ack: never silent, never complete.</summary>
    private static async Task<OutcomeMessage> SendUntilEndedAsync(Peer peer, long ttlSeconds)
    {
        var id = Peer.NewId();
        await peer.SendAsync(new OpenMessage { Id = id, TtlSeconds = ttlSeconds });
        while (true)
        {
            switch (await peer.ReceiveAsync())
            {
                case OutcomeMessage outcome when outcome.Id == id:
                    return outcome;
                case AckMessage ack when ack.Id == id:
                    await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
                    break;
            }
        }
    }

    private static void CheckRetryable(ErrorMessage error, ErrorCode code, Protocol.MessageId id)
    {
        Assert.Equal((code, ErrorScope.Message, true, id), (error.Code, error.Scope, error.Retryable, error.Id));
        Assert.InRange(error.RetryAfterMs ?? 0, 1, 60_000);
        Assert.NotEmpty(error.Message);
    }
}
