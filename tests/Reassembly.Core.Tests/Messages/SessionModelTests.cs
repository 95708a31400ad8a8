using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;
using Reassembly.Testing;
using Xunit.Abstractions;

namespace Reassembly.Core.Tests.Messages;

/// <summary>
/// Random senders, random faults, random restarts, against the simplest statement of what must hold: what was acked is there and is the
/// first that was sent; the message ends committed with its own digest however its chunks came.
/// </summary>
public sealed class SessionModelTests(ITestOutputHelper output)
{
    private const int Rounds = 200;

    [Fact]
    public async Task Any_order_any_cut_any_fault_ends_in_the_same_payload()
    {
        var seed = Seed.Next();
        output.WriteLine($"REASSEMBLY_SEED={seed}");
        for (var round = 0; round < Rounds; round++)
        {
            await RunAsync(new Random(seed + round), $"seed {seed} round {round}");
        }
    }

    private static async Task RunAsync(Random random, string where)
    {
        var node = new SessionHarness(new ProtocolLimits { MinChunkBytes = 0, MessageBytes = 10_000, WindowBytes = 20_000 });
        var message = new TestMessage(random, random.Next(0, 5_000), node.Time.GetUtcNow());
        var faults = new Random(random.Next());
        var failOneIn = random.Next(2, 10);
        node.Store.BeforeWrite = async (_, _) =>
        {
            await Task.Yield();
            if (faults.Next(failOneIn) == 0)
            {
                throw new StoreException("a fault on purpose");
            }
        };

        Receipt? receipt = null;
        var acked = 0L;
        for (var step = 0; receipt?.Outcome is null; step++)
        {
            Assert.True(step < 1_000, $"{where}: does not end");
            if (random.Next(20) == 0)
            {
                node.Restart();
            }

            var receipts = await Task.WhenAll(Enumerable.Range(0, random.Next(1, 5)).Select(_ => node.SendAsync(message, RandomChunks(random, message))));
            receipt = receipts.FirstOrDefault(each => each.Outcome is not null) ?? receipts[0];
            if (receipt.Ack is { } ack)
            {
                Assert.True(ack.Durable >= acked, $"{where}: acked {acked}, then {ack.Durable}");
                acked = ack.Durable;
                await AssertStoredAsync(node, message, where);
            }
        }

        Assert.True(receipt.Outcome!.State == OutcomeState.Committed, $"{where}: {receipt.Outcome}");
        Assert.Equal(message.Sha256, receipt.Outcome.Sha256);
        Assert.Equal(message.Payload, await node.ReadAsync(message));
        Assert.InRange(node.Store.MostWritesAtOnce, 0, 1);
    }

    private static Chunk[] RandomChunks(Random random, TestMessage message)
        => [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ =>
        {
            var from = random.Next(4) == 0 ? 0 : random.Next(0, message.Payload.Length + 1);
            var to = random.Next(8) == 0 ? message.Payload.Length : random.Next(from, Math.Min(from + 800, message.Payload.Length) + 1);
            var total = random.Next(2) == 0 ? ChunkHeader.UnknownSize : (ulong)message.Payload.Length;
            return message.Chunk(from, to, null, total);
        })];

    private static async Task AssertStoredAsync(SessionHarness node, TestMessage message, string where)
    {
        var record = await node.Store.FindAsync(message.Key, default);
        var stored = await node.ReadAsync(message);
        foreach (var range in record?.Durable ?? [])
        {
            var expected = message.Payload.AsSpan((int)range.From, (int)range.Length);
            Assert.True(expected.SequenceEqual(stored.AsSpan((int)range.From, (int)range.Length)), $"{where}: wrong bytes in {range}");
        }
    }
}
