using System.IO.Compression;
using Reassembly.Client.Errors;
using Reassembly.Client.Receiving;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Tests.Receiving;

public sealed class ReceivingTests
{
    [Theory]
    [InlineData(0, 1 << 20)]
    [InlineData(1, 1 << 20)]
    [InlineData(5000, 1 << 20)]
    [InlineData(5000, 1)]
    [InlineData(3_000_000, 1 << 20)]
    public async Task A_message_of_any_size_arrives_in_one_chunk_and_in_many(int size, int chunkBytes)
    {
        var delivery = new ScriptedDelivery(TestPayload.Bytes(size), chunkBytes);
        await using var server = await ScriptedServer.StartAsync(new Script { OnSubscribe = (connection, _) => delivery.SendAsync(connection) });
        await using var receiver = await Receiver.StartAsync(server);

        await using var message = await receiver.NextAsync();

        Assert.Equal(
            (delivery.Id, "c", (long)size, delivery.Sha256, "x/y", null, "b", 1L),
            (message.Id, message.Channel, message.Size, message.Sha256, message.ContentType, message.ContentEncoding, message.Headers["a"], message.Attempt));
        Assert.Equal(delivery.Payload, await Receiver.ReadAsync(message));
        await message.CompleteAsync();
        await message.CompleteAsync();
        await message.DisposeAsync();
        await receiver.EndAsync();
        Assert.Equal([new DeliveredMessage { Id = delivery.Id }], server.Store.Said.Where(said => said is DeliveredMessage or RetryMessage));
    }

    [Fact]
    public async Task Hello_with_the_announced_frame_size_comes_before_subscribe()
    {
        var largest = 0;
        var delivery = new ScriptedDelivery(TestPayload.Bytes(100_000));
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = (connection, _) =>
            {
                largest = connection.ReceiveFrameBytes;
                return delivery.SendAsync(connection);
            },
        });
        await using var receiver = await Receiver.StartAsync(
            server, new SubscribeOptions { InFlight = 3 }, ClientFor.Options with { ReceiveFrameBytes = 20_000 });

        await using var message = await receiver.NextAsync();
        await message.CompleteAsync();

        // The connection's own hello, and no other's, had been heard when it subscribed.
        Assert.Equal(20_000, largest);
        Assert.Equal(new SubscribeMessage { Channel = "c", InFlight = 3 }, Assert.Single(server.Store.Said.OfType<SubscribeMessage>()));
    }

    [Fact]
    public async Task The_frame_size_is_65536_unless_told_otherwise()
    {
        var sizes = new TaskCompletionSource<int>();
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = (connection, _) =>
            {
                sizes.TrySetResult(connection.ReceiveFrameBytes);
                return Task.CompletedTask;
            },
        });
        await using var receiver = await Receiver.StartAsync(server);
        var next = receiver.NextAsync();

        Assert.Equal(65_536, await sizes.Task);
        await receiver.Client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => next);
    }

    [Fact]
    public async Task Interleaved_messages_come_apart_whichever_is_read_first()
    {
        ScriptedDelivery[] deliveries = [new(TestPayload.Bytes(300_000), 7000), new(TestPayload.Bytes(299_999), 6000)];
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                await connection.SendAsync(deliveries[0].Message);
                await connection.SendAsync(deliveries[1].Message);
                var frames = deliveries.Select(delivery => delivery.Frames(connection).ToArray()).ToArray();
                for (var i = 0; i < frames.Max(all => all.Length); i++)
                {
                    foreach (var all in frames.Where(all => i < all.Length))
                    {
                        await connection.SendFrameAsync(all[i]);
                    }
                }
            },
        });
        await using var receiver = await Receiver.StartAsync(server, new SubscribeOptions { InFlight = 2 });
        await using var first = await receiver.NextAsync();
        await using var second = await receiver.NextAsync();

        Assert.Equal(deliveries[1].Payload, await Receiver.ReadAsync(second));
        await second.CompleteAsync();
        Assert.Equal(deliveries[0].Payload, await Receiver.ReadAsync(first));
        await first.CompleteAsync();
        Assert.Equal(1, server.Store.Said.Count(said => said is SubscribeMessage));
    }

    [Fact]
    public async Task Other_bytes_than_announced_fail_the_read_and_are_never_completed()
    {
        var delivery = new ScriptedDelivery(TestPayload.Bytes(100_000)) { Sha256 = new string('a', 64) };
        var answers = new TaskCompletionSource<ClientMessage>();
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                await delivery.SendAsync(connection);
                answers.TrySetResult(await connection.Answers.ReadAsync());
            },
        });
        await using var receiver = await Receiver.StartAsync(server);

        await using (var message = await receiver.NextAsync())
        {
            // Not even a reader that stops at the last byte gets it.
            await Assert.ThrowsAsync<PayloadMismatchException>(() => message.Body.ReadExactlyAsync(new byte[100_000]).AsTask());
            await Assert.ThrowsAsync<PayloadMismatchException>(() => message.CompleteAsync());
            await Assert.ThrowsAsync<PayloadMismatchException>(() => message.CompleteAsync());
        }

        Assert.Equal(new RetryMessage { Id = delivery.Id }, await answers.Task.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System));
    }

    [Fact]
    public async Task Completing_reads_and_verifies_what_was_not_read()
    {
        var good = new ScriptedDelivery(TestPayload.Bytes(3_000_000));
        var bad = new ScriptedDelivery(TestPayload.Bytes(3_000_000)) { Sha256 = new string('a', 64) };
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                await good.SendAsync(connection);
                await bad.SendAsync(connection);
            },
        });
        await using var receiver = await Receiver.StartAsync(server, new SubscribeOptions { InFlight = 2 });
        await using var first = await receiver.NextAsync();
        await first.Body.ReadExactlyAsync(new byte[10]);
        await first.CompleteAsync();
        await using var second = await receiver.NextAsync();

        await Assert.ThrowsAsync<PayloadMismatchException>(() => second.CompleteAsync());
        await receiver.EndAsync();
        Assert.Equal([new DeliveredMessage { Id = good.Id }], server.Store.Said.OfType<DeliveredMessage>());
    }

    [Fact]
    public async Task A_message_is_given_back_on_demand_and_when_it_is_let_go_of_unanswered()
    {
        var delivery = new ScriptedDelivery(TestPayload.Bytes(5_000_000));
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            // The whole of it every time: also what is on its way when it was given back.
            OnSubscribe = async (connection, _) =>
            {
                for (var i = 0; i < 3; i++)
                {
                    await delivery.SendAsync(connection);
                    await connection.Answers.ReadAsync();
                }
            },
        });
        await using var receiver = await Receiver.StartAsync(server);
        await using (var message = await receiver.NextAsync())
        {
            await message.RetryAsync(TimeSpan.FromMilliseconds(1500.5));
            await message.RetryAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() => message.CompleteAsync());
        }

        await using (var message = await receiver.NextAsync())
        {
            await message.Body.ReadExactlyAsync(new byte[1000]);
        }

        await using (var message = await receiver.NextAsync())
        {
            Assert.Equal(delivery.Payload, await Receiver.ReadAsync(message));
            await message.CompleteAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() => message.RetryAsync());
        }

        await receiver.EndAsync();
        Assert.Equal(
            [new RetryMessage { Id = delivery.Id, AfterMs = 1501 }, new RetryMessage { Id = delivery.Id }, new DeliveredMessage { Id = delivery.Id }],
            server.Store.Said.Where(said => said is DeliveredMessage or RetryMessage));
        Assert.Equal(1, server.Store.Said.Count(said => said is SubscribeMessage));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_compressed_payload_comes_decompressed_up_to_the_cap(string encoding)
    {
        var payload = new byte[3_000_000];
        TestPayload.Bytes(700_000).CopyTo(payload, 1_000_000);
        var delivery = new ScriptedDelivery(Compress(payload, encoding)) { ContentEncoding = encoding };
        await using var server = await ScriptedServer.StartAsync(new Script { OnSubscribe = (connection, _) => delivery.SendAsync(connection) });

        await using (var receiver = await Receiver.StartAsync(server, new SubscribeOptions { MaxDecompressedBytes = payload.Length }))
        {
            await using var message = await receiver.NextAsync();
            Assert.Equal((encoding, (long)delivery.Payload.Length), (message.ContentEncoding, message.Size));
            Assert.Equal(payload, await Receiver.ReadAsync(message));
            await message.CompleteAsync();
        }

        await using (var receiver = await Receiver.StartAsync(server, new SubscribeOptions { MaxDecompressedBytes = payload.Length - 1 }))
        {
            await using var message = await receiver.NextAsync();
            var exception = await Assert.ThrowsAsync<DecompressedTooBigException>(() => Receiver.ReadAsync(message));
            Assert.Equal((delivery.Id, payload.Length - 1L), (exception.Id, exception.MaxBytes));
            await Assert.ThrowsAsync<DecompressedTooBigException>(() => message.Body.ReadAsync(new byte[1]).AsTask());

            // What was sent can be verified all the same: so one gets rid of it.
            await message.CompleteAsync();
        }

        await using (var receiver = await Receiver.StartAsync(server, new SubscribeOptions { Decompress = false }))
        {
            await using var message = await receiver.NextAsync();
            Assert.Equal(delivery.Payload, await Receiver.ReadAsync(message));
        }
    }

    [Fact]
    public async Task A_refused_subscription_ends_the_enumeration_with_the_servers_words()
    {
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = (connection, _) => connection.SendAsync(
                new ErrorMessage { Code = ErrorCode.Forbidden, Scope = ErrorScope.Frame, Retryable = false, Message = "not yours" }),
        });
        await using var receiver = await Receiver.StartAsync(server);

        var exception = await Assert.ThrowsAsync<ReassemblyException>(receiver.NextAsync);

        Assert.Equal(ErrorCode.Forbidden, exception.Code);
        Assert.Contains("not yours", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_asked_for_is_said_before_anything_is_sent()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);

        Assert.Throws<ArgumentException>(() => client.SubscribeAsync(string.Empty));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.SubscribeAsync(new string('x', 256)));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.SubscribeAsync("c", new SubscribeOptions { InFlight = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.SubscribeAsync("c", new SubscribeOptions { BufferBytes = 0 }));
    }

    private static byte[] Compress(byte[] payload, string encoding)
    {
        using var compressed = new MemoryStream();
        using (Stream stream = encoding == ContentEncodings.Gzip
            ? new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)
            : new BrotliStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(payload);
        }

        return compressed.ToArray();
    }
}
