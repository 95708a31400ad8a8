using Reassembly.Client.Receiving;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Client.Tests.Receiving;

public sealed class SilenceTests
{
    /// <summary>What a connection may be silent for before something is done about it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

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

        // Nothing was heard since the last look; it is asked; it did not answer and is left; another connection is due.
        for (var time = 0; time < 4; time++)
        {
            await PassAsync();
        }

        await using var message = await next;
        Assert.Equal(delivery.Id, message.Id);
        await Eventually.TrueAsync(() => server.Store.Said.Any(said => said is PingMessage), "the ping over the connection that was left is read");
        Assert.Equal(2, subscribed);
    }

    [Fact]
    public async Task Silence_while_the_reader_is_slow_says_nothing_about_the_server()
    {
        var delivery = new ScriptedDelivery(TestPayload.Bytes(5_000_000));
        await using var server = await ScriptedServer.StartAsync(new Script { OnSubscribe = (connection, _) => delivery.SendAsync(connection) });
        var stall = Options.GiveUpAfter * 2;
        await using var receiver = await Receiver.StartAsync(server, new SubscribeOptions { BufferBytes = 100_000, StallTimeout = stall }, Options);
        await using var message = await receiver.NextAsync();

        // The buffer is full and the socket not read.
        await _clock.ArmedAsync(due => due == stall);
        for (var time = 0; time < 50; time++)
        {
            await PassAsync();
        }

        Assert.Equal(delivery.Payload, await Receiver.ReadAsync(message));
        await message.CompleteAsync();
        Assert.Equal(1, server.Store.Said.Count(said => said is SubscribeMessage));
    }
    /// <summary>Lets the time pass that the client waits for, once it waits.</summary>
    private async Task PassAsync()
    {
        await _clock.ArmedAsync(static due => due <= Patience);
        _clock.Advance(Patience);
    }
}
