using System.Net.WebSockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using Reassembly.Testing.Receiving;

namespace Reassembly.Receivers;

/// <summary>Subscribes to a channel, again and again, with the frames alone. It writes each message down when it has it whole and checked, and answers only then.</summary>
internal sealed class SubscribingClient(IConfiguration settings, Work work, ReceiptLog log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Uri _address = new(settings["to"]!);
    private readonly string _channel = settings["channel"]!;
    private bool _hasGreeted;

    public async Task RunAsync()
    {
        while (true)
        {
            try
            {
                await ReceiveAsync();
            }
            catch (Exception exception) when (exception is WebSocketException or TimeoutException or OperationCanceledException or ObjectDisposedException or IOException)
            {
                // Its node is gone, or nothing came for long: it connects to another.
            }
            catch (Exception exception)
            {
                log.Fault(exception.Message);
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    private async Task ReceiveAsync()
    {
        using var subscriber = await Subscriber.ConnectAsync(_address, settings.GetValue<int>("frameBytes"));
        var node = (await subscriber.ReceiveAsync<WelcomeMessage>()).Node;
        subscriber.Began = message => log.Write(ReceiptKind.Began, receipt => Fill(receipt, message, node));
        await subscriber.SubscribeAsync(_channel, settings.GetValue<int>("inFlight"));
        if (!_hasGreeted)
        {
            _hasGreeted = true;
            await Console.Out.WriteLineAsync($"Listening: to {_channel} at {_address}");
        }

        while (true)
        {
            var (message, payload) = await subscriber.ReceiveAsync();
            await work.DoAsync();
            log.Write(ReceiptKind.Has, receipt => Fill(receipt, message, node) with { Size = payload.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(payload)) });
            await work.DoAsync();
            await subscriber.DeliveredAsync(message.Id);
        }
    }

    private static Receipt Fill(Receipt receipt, PayloadMessage message, string node)
        => receipt with { Id = message.Id.ToString(), Channel = message.Channel, Attempt = message.Attempt, Node = node };
}
