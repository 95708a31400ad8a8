using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Core.Tests.Messages;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Core.Tests.Delivery;

/// <summary>A node that commits messages and hands them on, with the sinks of a test; its pauses are milliseconds of the real clock.</summary>
internal sealed class DeliveryHarness : IDisposable
{
    private readonly SessionHarness _node = new();
    private int _messages;

    public DeliveryHarness(params IDeliverySink[] sinks)
    {
        Signal = new CommitSignal(sinks, _node.Memory);
        _node.Listener = Signal;
        Context = new DeliveryContext(
            _node.Memory, _node.Memory, Signal, Options.Create(OptionsOfTest), TimeProvider.System, NullLogger<DeliveryContext>.Instance);
    }

    public DeliveryOptions OptionsOfTest { get; } = new() { MaxAttempts = 3, TimeoutSeconds = 1 };

    public CommitSignal Signal { get; }

    public DeliveryContext Context { get; }

    public InMemoryMessageStore Store => _node.Memory;

    /// <summary>Commits a small message to a channel.</summary>
    public async Task<TestMessage> CommitAsync(string channel)
    {
        var message = _node.Message(100, seed: ++_messages);
        await _node.Router.OpenAsync(message.Key, new OpenMessage { Id = message.Id, Channel = channel }, CancellationToken.None);
        await _node.SendAsync(message, message.Chunk(0, 100));
        return message;
    }

    public async Task<DeliveryState> StateAsync(TestMessage message) => (await Store.FindAsync(message.Key, CancellationToken.None))!.Delivery;

    public void Dispose() => Signal.Dispose();
}
