using Reassembly.Client.Receiving;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Client.Tests.Receiving;

public sealed class SilenceTests
{
    private readonly ManualTimeProvider _clock = new();

    private ReassemblyClientOptions Options => ClientFor.Options with
    {
        TimeProvider = _clock,
        GiveUpAfter = TimeSpan.FromDays(1),
        ConnectTimeout = TimeSpan.FromDays(1),
    };

    [Fact]
    public async Task A_server_that_is_silent_when_asked_is_left()
    {
        var delivery = new ScriptedDelivery([1]);
        var subscribed = 0;
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            // Answers no ping, ever.
            OnSubscribe = (connection, _) => Interlocked.Increment(ref subscribed) == 1 ? Task.CompletedTask : delivery.SendAsync(connection),
        });
        await using var receiver = await Receiver.StartAsync(server, clientOptions: Options);
        var next = receiver.NextAsync();

        while (!next.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        await using var message = await next;
        Assert.Equal(delivery.Id, message.Id);
        Assert.Contains(server.Store.Said, said => said is PingMessage);
        Assert.Equal(2, subscribed);
    }

    [Fact]
    public async Task Silence_while_the_reader_is_slow_says_nothing_about_the_server()
    {
        var delivery = new ScriptedDelivery(TestPayload.Bytes(5_000_000));
        await using var server = await ScriptedServer.StartAsync(new Script { OnSubscribe = (connection, _) => delivery.SendAsync(connection) });
        await using var receiver = await Receiver.StartAsync(server, new SubscribeOptions { BufferBytes = 100_000 }, Options);
        await using var message = await receiver.NextAsync();

        // Enough of it that the buffer is full and the socket not read: the reader has waited for the first byte beyond.
        await message.Body.ReadExactlyAsync(new byte[1_000_000]);
        for (var i = 0; i < 50; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(15));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        Assert.Equal(delivery.Payload[1_000_000..], await Receiver.ReadAsync(message));
        await message.CompleteAsync();
        Assert.Equal(1, server.Store.Said.Count(said => said is SubscribeMessage));
    }
}
