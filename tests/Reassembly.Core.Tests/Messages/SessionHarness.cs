using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Reassembly.Core.Delivery;
using Reassembly.Core.Limits;
using Reassembly.Core.Messages;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.Core.Tests.Messages;

/// <summary>A node without an edge: in-memory store, faults on top, a manual clock.</summary>
internal sealed class SessionHarness : ICommitListener
{
    public SessionHarness(ProtocolLimits? limits = null, long storeBytes = 0, InMemoryMessageStore? memory = null)
    {
        Limits = limits ?? new ProtocolLimits { MinChunkBytes = 0 };
        Memory = memory ?? new InMemoryMessageStore();
        Store = null!;
        Quota = new StorageQuota(storeBytes);
        Gate = new OpenMessageGate(Limits.OpenMessages);
        Start();
    }

    public ManualTimeProvider Time { get; } = new();

    public ProtocolLimits Limits { get; }

    public InMemoryMessageStore Memory { get; }

    public FaultyMessageStore Store { get; private set; }

    public StorageQuota Quota { get; }

    public OpenMessageGate Gate { get; private set; }

    public SessionContext Context { get; private set; } = null!;

    public InProcessMessageRouter Router { get; private set; } = null!;

    /// <summary>The channels of what was committed.</summary>
    public ConcurrentQueue<string> Commits { get; } = [];

    /// <summary>Whether there is a sink besides the subscribers.</summary>
    public bool HasSink { get; set; }

    /// <summary>Hears of commits, too.</summary>
    public ICommitListener? Listener { get; set; }

    public IReadOnlyList<string> SinksOf(string channel)
        => Listener?.SinksOf(channel) ?? (HasSink ? ["handler", SinkNames.Subscribers(channel)] : [SinkNames.Subscribers(channel)]);

    public void Committed(string channel)
    {
        Commits.Enqueue(channel);
        Listener?.Committed(channel);
    }

    /// <summary>Ends the node as a crash does: nothing it still tries reaches the store. Then another starts.</summary>
    public void Restart()
    {
        var faults = Store.BeforeWrite;
        Store.BeforeWrite = static (_, _) => throw new StoreException("this node is dead");
        Start();
        Store.BeforeWrite = faults;
    }

    /// <summary>Another node over the same store, beside the one before.</summary>
    public void Start()
    {
        Store = new FaultyMessageStore(Memory);
        Gate = new OpenMessageGate(Limits.OpenMessages);
        Context = new SessionContext(Store, Limits, Quota, this, Time, Time.GetUtcNow(), NullLogger.Instance);
        Router = new InProcessMessageRouter(Context, Gate, Memory);
    }

    public async Task<Receipt> SendAsync(TestMessage message, params Chunk[] chunks)
        => await Router.AppendAsync(message.Key, chunks, CancellationToken.None);

    public async Task<byte[]> ReadAsync(TestMessage message)
    {
        var buffer = new byte[message.Payload.Length];
        await Store.ReadAsync(message.Key, 0, buffer, CancellationToken.None);
        return buffer;
    }

    public TestMessage Message(int size, int seed = 7) => new(new Random(seed), size, Time.GetUtcNow());
}
