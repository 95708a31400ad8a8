using System.Threading.Channels;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Tests.Hosting;

/// <summary>A call that a test sees and answers when it likes.</summary>
internal sealed class HeldCall(MessageKey key, string name, long[] offsets)
{
    public MessageKey Key => key;

    /// <summary><c>append</c>, <c>open</c>, <c>status</c> or <c>abort</c>.</summary>
    public string Name => name;

    /// <summary>Of the chunks of an append.</summary>
    public long[] Offsets => offsets;

    public TaskCompletionSource<Receipt> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Ack(long durable) => Answer.SetResult(Receipt.Of(new AckMessage
    {
        Id = key.Id,
        Durable = durable,
        Missing = [],
        Credit = durable + (8 << 20),
        ExpiresAt = DateTimeOffset.UnixEpoch,
    }));
}

/// <summary>An owner of every message that answers nothing by itself.</summary>
internal sealed class HeldRouter : IMessageRouter
{
    private readonly Channel<HeldCall> _calls = Channel.CreateUnbounded<HeldCall>();

    /// <summary>How every message ends.</summary>
    public TaskCompletionSource<Receipt> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool HasCall => _calls.Reader.TryPeek(out _);

    public Task<HeldCall> NextAsync() => _calls.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public ValueTask<Receipt> AppendAsync(MessageKey key, IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
        => Hold(key, "append", [.. chunks.Select(chunk => chunk.Header.Offset)]);

    public ValueTask<Receipt> OpenAsync(MessageKey key, OpenMessage open, CancellationToken cancellationToken) => Hold(key, "open", []);

    public ValueTask<Receipt> StatusAsync(MessageKey key, CancellationToken cancellationToken) => Hold(key, "status", []);

    public ValueTask<Receipt> AbortAsync(MessageKey key, CancellationToken cancellationToken) => Hold(key, "abort", []);

    public Task<Receipt> WhenEndedAsync(MessageKey key, CancellationToken cancellationToken) => Ended.Task.WaitAsync(cancellationToken);

    public ValueTask WakeAsync(MessageKey key, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private ValueTask<Receipt> Hold(MessageKey key, string name, long[] offsets)
    {
        var call = new HeldCall(key, name, offsets);
        _calls.Writer.TryWrite(call);
        return new(call.Answer.Task);
    }
}
