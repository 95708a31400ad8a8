using Reassembly.Client.Errors;
using Reassembly.Client.Sending;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Client.Tests.Connections;

public sealed class ReconnectTests
{
    [Fact]
    public async Task After_a_lost_connection_only_what_is_missing_is_sent()
    {
        var script = new Script { CutAfterBytes = [3_000_000, 4_000_000, -1] };
        await using var server = await ScriptedServer.StartAsync(script);
        await using var client = await ClientFor.Servers(server);
        var payload = TestPayload.Bytes(12_000_000);
        var progress = new ProgressLog();

        var result = await client.SendAsync(payload.AsMemory(), progress: progress);

        Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        Assert.Equal(2, result.Reconnects);
        // What arrived was stored, so not one byte of it may come a second time.
        Assert.Equal(payload.Length, server.Store.PayloadBytes);
        Assert.Equal(2, progress.Reports.Count(report => report.Kind == SendProgressKind.Resumed));
        Assert.Contains(progress.Reports, report => report.Kind == SendProgressKind.Disconnected);
        Assert.Empty(server.Store.Violations);
    }

    [Fact]
    public async Task A_once_only_stream_survives_lost_connections_within_its_window()
    {
        var script = new Script { CutAfterBytes = [1_000_000, 2_000_000, 500_000, -1], SendAck = header => header.Sequence % 3 == 0 };
        await using var server = await ScriptedServer.StartAsync(script);
        await using var client = await ClientFor.With(ClientFor.Options with { MaxUnackedBytes = 300_000 }, server);
        var payload = TestPayload.Bytes(9_000_000);

        var result = await client.SendAsync(new OnceStream(payload, 4));

        Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        Assert.Equal(3, result.Reconnects);
        Assert.Empty(server.Store.Violations);
    }

    [Fact]
    public async Task Limits_may_shrink_between_connections()
    {
        var script = new Script { CutAfterBytes = [1_000_000, -1] };
        await using var server = await ScriptedServer.StartAsync(script);
        await using var client = await ClientFor.Servers(server);
        script.FrameBytes = 5000;
        var payload = TestPayload.Bytes(3_000_000);

        var result = await client.SendAsync(payload.AsMemory());

        Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        Assert.Contains(server.Store.Chunks, chunk => chunk.Connection == 0 && chunk.Length == 65_488);
        Assert.All(server.Store.Chunks.Where(chunk => chunk.Connection == 1), chunk => Assert.InRange(chunk.Length, 1, 4952));
        Assert.Empty(server.Store.Violations);
    }

    [Fact]
    public async Task A_hop_that_ends_the_connection_because_of_the_size_gets_smaller_frames()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { HopFrameBytes = 20_000 });
        await using var client = await ClientFor.Servers(server);
        var payload = TestPayload.Bytes(300_000);

        var result = await client.SendAsync(payload.AsMemory());

        Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        Assert.True(result.Reconnects > 0);
    }

    [Fact]
    public async Task Goaway_moves_to_another_endpoint_and_loses_nothing()
    {
        var store = new ScriptedStore();

        // It takes no more than that: however fast the sender is, there is something left for the other.
        await using var first = await ScriptedServer.StartAsync(new Script { Credit = durable => Math.Min(durable + 8_000_000, 12_000_000) }, store: store, number: 1);
        await using var second = await ScriptedServer.StartAsync(store: store, number: 2);
        await using var client = await ClientFor.Servers(first, second);
        var payload = TestPayload.Bytes(30_000_000);
        var told = 0;
        var progress = new ProgressLog(report =>
        {
            if (report.DurableBytes > 5_000_000 && Interlocked.Exchange(ref told, 1) == 0)
            {
                _ = first.GoAwayAsync(graceMs: 10_000);
            }
        });

        var result = await client.SendAsync(payload.AsMemory(), progress: progress);

        Assert.Equal(payload, store.Messages[result.Id].Bytes);
        Assert.Equal(1, result.Reconnects);
        Assert.Equal(payload.Length, store.PayloadBytes);
        Assert.Contains(store.Chunks, chunk => chunk.Server == 1);
        Assert.Contains(store.Chunks, chunk => chunk.Server == 2);
        Assert.DoesNotContain(progress.Reports, report => report.Kind == SendProgressKind.Disconnected);
        Assert.Empty(store.Violations);
    }

    [Fact]
    public async Task A_dead_endpoint_costs_one_attempt()
    {
        await using var server = await ScriptedServer.StartAsync();
        var dead = await ScriptedServer.StartAsync();
        await dead.DisposeAsync();
        await using var client = await ClientFor.Servers(dead, server);

        Assert.Equal(10, (await client.SendAsync(new byte[10])).Size);
    }

    [Fact]
    public async Task A_server_that_forgot_the_message_gets_it_from_the_start()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        var payload = TestPayload.Bytes(20_000_000);
        var forgotten = 0;
        var progress = new ProgressLog(report => ForgetOnce(server, report, ref forgotten));

        var result = await client.SendAsync(payload.AsMemory(), new SendOptions { Channel = "again" }, progress);

        Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        Assert.Equal("again", server.Store.Messages[result.Id].Open!.Channel);
        Assert.True(result.BytesResent > 1_000_000);
    }

    [Fact]
    public async Task A_once_only_stream_cannot_start_again_and_says_so()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.With(ClientFor.Options with { MaxUnackedBytes = 400_000 }, server);
        var forgotten = 0;
        var progress = new ProgressLog(report => ForgetOnce(server, report, ref forgotten));

        await Assert.ThrowsAsync<SourceNotReplayableException>(
            () => client.SendAsync(new OnceStream(new byte[20_000_000], 5), progress: progress));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_that_another_process_began_goes_on_where_it_stopped(bool seekable)
    {
        await using var server = await ScriptedServer.StartAsync(new Script { CutAfterBytes = [2_000_000, 0] });
        var options = new SendOptions { Id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow()) };
        var payload = TestPayload.Bytes(6_000_000);
        using var cancellation = new CancellationTokenSource();
        await using (var client = await ClientFor.Servers(server))
        {
            var killed = client.SendAsync(payload.AsMemory(), options);
            await Eventually.TrueAsync(() => server.Store.Connections >= 2, "the client is back");
            await client.DisposeAsync();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => killed);
        }

        // What the killed one still had on its way is cut off here, whenever it is read; the second goes elsewhere.
        var before = server.Store.PayloadBytes;
        await using var successor = await ScriptedServer.StartAsync(store: server.Store, number: 1);
        await using var second = await ClientFor.Servers(successor);
        Stream stream = seekable ? new MemoryStream(payload) : new OnceStream(payload, 6);
        var result = await second.SendAsync(stream, options);

        Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        Assert.Equal(payload.Length - before, result.BytesSent);
        Assert.InRange(before, 1_000_000, 2_000_000);
    }

    [Fact]
    public async Task No_server_at_all_ends_after_the_give_up_time()
    {
        var dead = await ScriptedServer.StartAsync();
        await dead.DisposeAsync();

        await Assert.ThrowsAsync<ConnectionFailedException>(
            () => ClientFor.With(ClientFor.Options with { GiveUpAfter = TimeSpan.FromMilliseconds(200) }, dead));
    }

    [Fact]
    public async Task A_server_that_leaves_for_good_ends_the_send_after_the_give_up_time()
    {
        var server = await ScriptedServer.StartAsync(new Script { CutAfterBytes = [100_000, -1] });
        await using var client = await ClientFor.With(ClientFor.Options with { GiveUpAfter = TimeSpan.FromSeconds(4) }, server);
        var gone = 0;
        var progress = new ProgressLog(report =>
        {
            if (Interlocked.Exchange(ref gone, 1) == 0)
            {
                _ = server.DisposeAsync().AsTask();
            }
        });

        await Assert.ThrowsAsync<ConnectionFailedException>(() => client.SendAsync(new byte[1_000_000], progress: progress));
    }

    [Fact]
    public async Task A_server_of_another_protocol_is_refused_at_once()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { EchoSubprotocol = false });

        var exception = await Assert.ThrowsAsync<ConnectionFailedException>(() => ClientFor.Servers(server));

        Assert.Contains("subprotocol", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_abort_and_limits_answer()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { FrameBytes = 9000 });
        await using var client = await ClientFor.Servers(server);
        var sent = await client.SendAsync(new byte[10]);

        var status = await client.StatusAsync(sent.Id);
        Assert.Equal((OutcomeState.Committed, 10L, sent.Sha256), (status.Outcome!.Value, status.Size!.Value, status.Sha256!));
        Assert.Equal(OutcomeState.Committed, (await client.AbortAsync(sent.Id)).Outcome);
        await Assert.ThrowsAsync<UnknownMessageException>(() => client.StatusAsync(default));
        Assert.Equal(9000, (await client.GetLimitsAsync()).FrameBytes);
    }

    private static void ForgetOnce(ScriptedServer server, SendProgress report, ref int forgotten)
    {
        if (report.DurableBytes > 3_000_000 && Interlocked.Exchange(ref forgotten, 1) == 0)
        {
            lock (server.Store.Gate)
            {
                server.CutAll();
                server.Store.Messages.Clear();
            }
        }
    }
}
