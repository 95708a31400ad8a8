using System.Buffers;
using Reassembly.Client.Errors;
using Reassembly.Client.Receiving;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;

namespace Reassembly.Client.Tests.Receiving;

public sealed class LostConnectionTests
{
    private readonly byte[] _payload = TestPayload.Bytes(300_000);

    [Theory]
    [InlineData("a wrong CRC")]
    [InlineData("a frame that is none")]
    [InlineData("a gap")]
    [InlineData("a chunk twice")]
    [InlineData("a chunk of a message that was not begun")]
    [InlineData("another size")]
    [InlineData("a last chunk too early")]
    [InlineData("a frame larger than announced")]
    public async Task A_server_that_breaks_the_protocol_is_left_and_the_message_comes_over_another_connection(string violation)
    {
        var delivery = new ScriptedDelivery(_payload);
        var again = new ScriptedDelivery(_payload) { Id = delivery.Id, Attempt = 2 };
        var subscribed = 0;
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                if (Interlocked.Increment(ref subscribed) > 1)
                {
                    await again.SendAsync(connection);
                    return;
                }

                await connection.SendAsync(delivery.Message);
                foreach (var frame in Violate(violation, delivery))
                {
                    await connection.SendFrameAsync(frame);
                }
            },
        });
        await using var receiver = await Receiver.StartAsync(server);

        var message = await receiver.NextAsync();
        if (message.Attempt == 1)
        {
            // Most often it is seen before it is lost.
            Assert.Equal(delivery.Id, (await Assert.ThrowsAsync<MessageLostException>(() => Receiver.ReadAsync(message))).Id);
            await Assert.ThrowsAsync<MessageLostException>(() => message.CompleteAsync());
            await message.RetryAsync();
            await message.DisposeAsync();
            message = await receiver.NextAsync();
        }

        Assert.Equal(2, message.Attempt);
        Assert.Equal(_payload, await Receiver.ReadAsync(message));
        await message.CompleteAsync();
        await message.DisposeAsync();
        Assert.DoesNotContain(server.Store.Said, said => said is RetryMessage);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_message_whose_connection_is_lost_says_so_and_comes_again(int chunks)
    {
        var delivery = new ScriptedDelivery(_payload);
        var again = new ScriptedDelivery(_payload) { Id = delivery.Id, Attempt = 2 };
        var cut = new TaskCompletionSource();
        var subscribed = 0;
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                if (Interlocked.Increment(ref subscribed) > 1)
                {
                    await again.SendAsync(connection);
                    return;
                }

                await delivery.BeginAsync(connection, chunks);
                await cut.Task;
                connection.Cut();
            },
        });
        await using var receiver = await Receiver.StartAsync(server);
        await using (var message = await receiver.NextAsync())
        {
            // Five chunks are all of it: then what is lost is only the way for the answer.
            await message.Body.ReadExactlyAsync(new byte[Math.Min(chunks * 60_000, _payload.Length)]);
            cut.SetResult();
            await using var second = await NextAttemptAsync(receiver, 2);

            Assert.Equal(delivery.Id, (await Assert.ThrowsAsync<MessageLostException>(() => message.CompleteAsync())).Id);
            await Assert.ThrowsAsync<MessageLostException>(() => message.Body.ReadAsync(new byte[1]).AsTask());
            Assert.Equal(_payload, await Receiver.ReadAsync(second));
            await second.CompleteAsync();
        }

        await receiver.EndAsync();
        Assert.Equal([new DeliveredMessage { Id = delivery.Id }], server.Store.Said.Where(said => said is DeliveredMessage or RetryMessage));
        Assert.Equal(2, server.Store.Said.Count(said => said is SubscribeMessage));
    }

    [Fact]
    public async Task A_reader_that_waits_hears_of_the_loss()
    {
        ScriptedConnection? only = null;
        var delivery = new ScriptedDelivery(_payload);
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                only ??= connection;
                await (connection == only ? delivery.BeginAsync(connection, 1) : Task.CompletedTask);
            },
        });
        await using var receiver = await Receiver.StartAsync(server);
        await using var message = await receiver.NextAsync();
        await message.Body.ReadExactlyAsync(new byte[65_488]);
        var read = message.Body.ReadAsync(new byte[1]).AsTask();
        Assert.False(read.IsCompleted);

        only!.Cut();

        await Assert.ThrowsAsync<MessageLostException>(() => read);
    }

    [Fact]
    public async Task Goaway_lets_what_is_in_hand_end_and_subscribes_elsewhere()
    {
        var store = new ScriptedStore();
        var old = new ScriptedDelivery(_payload);
        var next = new ScriptedDelivery(TestPayload.Bytes(1000));
        var moved = new TaskCompletionSource();
        var answer = new TaskCompletionSource<ClientMessage>();
        await using var first = await ScriptedServer.StartAsync(
            new Script
            {
                OnSubscribe = async (connection, _) =>
                {
                    await old.BeginAsync(connection, 2);
                    await connection.SendAsync(new GoAwayMessage { Reason = "test", GraceMs = 20_000 });
                    await moved.Task;
                    foreach (var frame in old.Frames(connection).Skip(2))
                    {
                        await connection.SendFrameAsync(frame);
                    }

                    answer.SetResult(await connection.Answers.ReadAsync());
                },
            },
            store,
            1);
        await using var second = await ScriptedServer.StartAsync(
            new Script
            {
                OnSubscribe = async (connection, _) =>
                {
                    await next.SendAsync(connection);
                    moved.SetResult();
                },
            },
            store,
            2);
        await using var receiver = await Receiver.StartAsync(first, others: second);
        await using var before = await receiver.NextAsync();
        await using var after = await receiver.NextAsync();

        Assert.Equal((old.Id, next.Id), (before.Id, after.Id));
        Assert.Equal(old.Payload, await Receiver.ReadAsync(before));
        await before.CompleteAsync();
        Assert.Equal(new DeliveredMessage { Id = old.Id }, await answer.Task.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System));
        Assert.Equal(next.Payload, await Receiver.ReadAsync(after));
        await after.CompleteAsync();
    }

    [Fact]
    public async Task A_delivery_that_the_server_begins_again_ends_the_one_before()
    {
        var delivery = new ScriptedDelivery(_payload);
        var again = new ScriptedDelivery(_payload) { Id = delivery.Id, Attempt = 2 };
        var other = new ScriptedDelivery(_payload);
        var seen = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                await delivery.BeginAsync(connection, 1);
                await again.SendAsync(connection);
                await seen.Task;
                await other.SendAsync(connection);
            },
        });
        await using var receiver = await Receiver.StartAsync(server);
        await using var message = await NextAttemptAsync(receiver, 2);
        seen.SetResult();
        await using var last = await receiver.NextAsync();

        // One was asked for, so the oldest one is over as well.
        await Assert.ThrowsAsync<MessageLostException>(() => message.CompleteAsync());
        Assert.Equal(_payload, await Receiver.ReadAsync(last));
        await last.CompleteAsync();
        Assert.Equal(other.Id, last.Id);
    }

    [Fact]
    public async Task What_the_server_says_about_a_message_in_hand_ends_it()
    {
        var delivery = new ScriptedDelivery(_payload);
        var seen = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                await delivery.BeginAsync(connection, 1);
                await seen.Task;
                await connection.SendAsync(new ErrorMessage
                {
                    Code = ErrorCode.UnknownMessage,
                    Scope = ErrorScope.Message,
                    Id = delivery.Id,
                    Retryable = false,
                    Message = "it went elsewhere",
                });
            },
        });
        await using var receiver = await Receiver.StartAsync(server);
        await using var message = await receiver.NextAsync();
        seen.SetResult();

        var exception = await Assert.ThrowsAsync<MessageLostException>(() => Receiver.ReadAsync(message));

        Assert.Contains("it went elsewhere", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_busy_is_asked_again()
    {
        var delivery = new ScriptedDelivery([1]);
        var subscribed = 0;
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = (connection, _) => Interlocked.Increment(ref subscribed) == 1
                ? connection.SendAsync(new ErrorMessage { Code = ErrorCode.Overloaded, Scope = ErrorScope.Frame, Retryable = true, Message = "later" })
                : delivery.SendAsync(connection),
        });
        await using var receiver = await Receiver.StartAsync(server);

        await using var message = await receiver.NextAsync();

        Assert.Equal(delivery.Id, message.Id);
    }

    [Fact]
    public async Task A_server_that_leaves_for_good_ends_the_enumeration_after_the_give_up_time()
    {
        var subscribed = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = (_, _) =>
            {
                subscribed.TrySetResult();
                return Task.CompletedTask;
            },
        });
        await using var receiver = await Receiver.StartAsync(server, clientOptions: ClientFor.Options with { GiveUpAfter = TimeSpan.FromMilliseconds(300) });
        var next = receiver.NextAsync();
        await subscribed.Task;
        await server.DisposeAsync();

        await Assert.ThrowsAsync<ConnectionFailedException>(() => next);
    }

    [Fact]
    public async Task Ending_the_enumeration_gives_up_what_is_in_hand_and_lets_answers_through()
    {
        ScriptedDelivery[] deliveries = [new(_payload), new(TestPayload.Bytes(20_000_000))];
        var answers = new List<ClientMessage>();
        var ended = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                try
                {
                    await deliveries[0].SendAsync(connection);
                    await deliveries[1].SendAsync(connection);
                }
                finally
                {
                    answers.AddRange(await connection.Answers.ReadAllAsync().ToListAsync());
                    ended.SetResult();
                }
            },
        });
        await using var receiver = await Receiver.StartAsync(server, new SubscribeOptions { InFlight = 2 });
        await using var first = await receiver.NextAsync();
        await using var second = await receiver.NextAsync();
        await first.CompleteAsync();
        await receiver.EndAsync();

        await Assert.ThrowsAsync<MessageLostException>(() => second.CompleteAsync());
        await ended.Task;
        Assert.Equal([new DeliveredMessage { Id = first.Id }], answers);
    }

    // A message may be lost before it is handed out, and then nobody sees that attempt.
    private static async Task<ReceivedMessage> NextAttemptAsync(Receiver receiver, long attempt)
    {
        while (true)
        {
            var message = await receiver.NextAsync();
            if (message.Attempt == attempt)
            {
                return message;
            }

            await message.DisposeAsync();
        }
    }

    private static byte[][] Violate(string violation, ScriptedDelivery delivery) => violation switch
    {
        "a wrong CRC" => [Changed(delivery.Frame(0, 10_000), frame => frame[^1] ^= 1)],
        "a frame that is none" => [Changed(delivery.Frame(0, 10_000), frame => frame[0] = 9)],
        "a gap" => [delivery.Frame(10_000, 10_000)],
        "a chunk twice" => [delivery.Frame(0, 10_000), delivery.Frame(0, 10_000)],
        "a chunk of a message that was not begun" => [new ScriptedDelivery([1]).Frame(0, 1)],
        "another size" => [new ScriptedDelivery([1, 2]) { Id = delivery.Id }.Frame(0, 1)],
        "a last chunk too early" => [Last(delivery)],
        _ => [new byte[70_000]],
    };

    private static byte[] Changed(byte[] frame, Action<byte[]> change)
    {
        change(frame);
        return frame;
    }

    private static byte[] Last(ScriptedDelivery delivery)
    {
        var output = new ArrayBufferWriter<byte>();
        var header = new ChunkHeader { Id = delivery.Id, TotalSize = ChunkHeader.UnknownSize, PayloadLength = 100, IsLast = true };
        ChunkFrame.Write(output, header, delivery.Payload.AsSpan(0, 100));
        return output.WrittenSpan.ToArray();
    }
}
