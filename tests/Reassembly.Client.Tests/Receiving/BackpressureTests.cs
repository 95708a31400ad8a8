using Reassembly.Client.Errors;
using Reassembly.Client.Receiving;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Client.Tests.Receiving;

public sealed class BackpressureTests
{
    [Fact]
    public async Task A_slow_reader_makes_the_server_wait_and_keeps_its_connection()
    {
        const int Pieces = 100;
        var delivery = new ScriptedDelivery(TestPayload.Bytes(Pieces << 20));
        var patience = TimeSpan.FromSeconds(2);
        var sent = 0L;
        Task? sending = null;
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            KeepAlive = patience,
            OnSubscribe = (connection, _) => sending ??= SendAsync(connection),
        });

        // A pause is longer than the keep-alive's patience on either side: it must not be mistaken for a dead connection.
        await using var receiver = await Receiver.StartAsync(
            server,
            new SubscribeOptions { BufferBytes = 1 << 20 },
            ClientFor.Options with
            {
                ConfigureWebSocket = socket => (socket.KeepAliveInterval, socket.KeepAliveTimeout) = (patience / 10, patience),
            });
        await using var message = await receiver.NextAsync();

        var settled = -1L;
        while (settled != Interlocked.Read(ref sent))
        {
            settled = Interlocked.Read(ref sent);
            await Task.Delay(patience * 2.2, TimeProvider.System);
        }

        // What the sockets of both sides hold is the machine's; the rest is the buffer.
        Assert.InRange(settled, 1, 40 << 20);
        Assert.False(sending!.IsCompleted);
        Assert.Equal(delivery.Payload, await Receiver.ReadAsync(message));
        await message.CompleteAsync();
        Assert.Equal(1, server.Store.Said.Count(said => said is SubscribeMessage));

        async Task SendAsync(ScriptedConnection connection)
        {
            await connection.SendAsync(delivery.Message);
            foreach (var frame in delivery.Frames(connection))
            {
                await connection.SendFrameAsync(frame);
                Interlocked.Add(ref sent, frame.Length);
            }
        }
    }

    [Fact]
    public async Task A_message_that_nobody_reads_is_given_back_when_others_wait_behind_it()
    {
        var unread = new ScriptedDelivery(TestPayload.Bytes(3_000_000));
        var wanted = new ScriptedDelivery(TestPayload.Bytes(3_000_000));
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                await connection.SendAsync(unread.Message);
                await wanted.SendAsync(connection, before: unread.Frames(connection));
            },
        });
        await using var receiver = await Receiver.StartAsync(
            server, new SubscribeOptions { InFlight = 2, BufferBytes = 100_000, StallTimeout = TimeSpan.FromMilliseconds(100) });
        await using var first = await receiver.NextAsync();
        await using var second = await receiver.NextAsync();

        Assert.Equal(wanted.Payload, await Receiver.ReadAsync(second));
        await second.CompleteAsync();
        var exception = await Assert.ThrowsAsync<MessageLostException>(() => Receiver.ReadAsync(first));
        Assert.Contains("given back", exception.Message, StringComparison.Ordinal);
        await receiver.EndAsync();
        Assert.Equal(
            [new RetryMessage { Id = unread.Id }, new DeliveredMessage { Id = wanted.Id }],
            server.Store.Said.Where(said => said is DeliveredMessage or RetryMessage));
    }

    [Fact]
    public async Task The_next_message_does_not_wait_for_ever_behind_one_that_nobody_reads()
    {
        var unread = new ScriptedDelivery(TestPayload.Bytes(3_000_000));
        var next = new ScriptedDelivery([1]);
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                await unread.SendAsync(connection);
                await next.SendAsync(connection);
            },
        });
        await using var receiver = await Receiver.StartAsync(
            server, new SubscribeOptions { InFlight = 2, BufferBytes = 100_000, StallTimeout = TimeSpan.FromMilliseconds(100) });
        await using var first = await receiver.NextAsync();
        await using var second = await receiver.NextAsync();

        Assert.Equal((unread.Id, next.Id), (first.Id, second.Id));
    }

    [Fact]
    public async Task A_reader_that_pauses_holds_on_to_its_message_when_nobody_waits()
    {
        var delivery = new ScriptedDelivery(TestPayload.Bytes(3_000_000));
        var clock = new ManualTimeProvider();
        var stall = TimeSpan.FromSeconds(1);
        await using var server = await ScriptedServer.StartAsync(new Script { OnSubscribe = (connection, _) => delivery.SendAsync(connection) });
        await using var receiver = await Receiver.StartAsync(
            server, new SubscribeOptions { BufferBytes = 100_000, StallTimeout = stall }, ClientFor.Options with { TimeProvider = clock });
        await using var message = await receiver.NextAsync();
        var next = receiver.NextAsync();
        for (var time = 0; time < 10; time++)
        {
            await clock.ArmedAsync(due => due == stall);
            clock.Advance(stall);
        }

        Assert.Equal(delivery.Payload, await Receiver.ReadAsync(message));
        await message.CompleteAsync();
        Assert.False(next.IsCompleted);
        await receiver.Client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => next);
    }
}
