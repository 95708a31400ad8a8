using Reassembly.Core.Limits;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Core.Tests.Messages;
using Reassembly.Protocol;
using Reassembly.Protocol.Errors;
using Reassembly.Testing;

namespace Reassembly.Core.Tests.Limits;

/// <summary>What a node counts of what it stores is never less than that, whatever the store is asked meanwhile, and nothing that failed stays counted.</summary>
public sealed class StorageQuotaTests
{
    private const int ChunkBytes = 60_000;
    private const long Room = 100_000;

    [Fact]
    public async Task What_is_on_its_way_counts_also_when_the_store_was_asked_before_it_had_it()
    {
        var quota = new StorageQuota(Room);
        Assert.True(quota.TryReserve(ChunkBytes));
        await quota.RefreshAsync(() => new(0));
        Assert.Equal(ChunkBytes, quota.UsedBytes);
        Assert.False(quota.TryReserve(ChunkBytes));

        await quota.RefreshAsync(() =>
        {
            quota.Stored(ChunkBytes);
            return new(0);
        });
        Assert.Equal(ChunkBytes, quota.UsedBytes);
        Assert.False(quota.TryReserve(ChunkBytes));

        await quota.RefreshAsync(() => new(ChunkBytes));
        Assert.Equal(ChunkBytes, quota.UsedBytes);
        await quota.RefreshAsync(() => new(0));
        Assert.Equal(0, quota.UsedBytes);
        Assert.True(quota.TryReserve(ChunkBytes));
        quota.Release(ChunkBytes);
        Assert.Equal(0, quota.UsedBytes);
    }

    [Fact]
    public async Task A_second_chunk_does_not_fit_while_the_first_is_written_although_the_store_was_just_asked()
    {
        var harness = new SessionHarness(storeBytes: Room);
        TestMessage first = harness.Message(ChunkBytes), second = harness.Message(ChunkBytes);
        TaskCompletionSource reached = new(), release = new();
        harness.Store.BeforeWrite = async (_, _) =>
        {
            reached.TrySetResult();
            await release.Task;
        };
        var sending = harness.SendAsync(first, first.Chunk(0, ChunkBytes));
        await reached.Task;
        await harness.Quota.RefreshAsync(async () => (await harness.Memory.GetUsageAsync(CancellationToken.None)).PayloadBytes);
        Assert.Equal(ErrorCode.QuotaExceeded, Assert.Single((await harness.SendAsync(second, second.Chunk(0, ChunkBytes))).Errors).Code);
        release.SetResult();
        Assert.NotNull((await sending).Outcome);
        Assert.Equal(ChunkBytes, harness.Quota.UsedBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_failed_to_become_durable_is_not_counted(bool fenced)
    {
        var harness = new SessionHarness(storeBytes: Room);
        var message = harness.Message(2 * ChunkBytes);
        var failures = 3;
        harness.Store.BeforeWrite = (key, _) => failures-- > 0
            ? throw (fenced ? new FencedException(key, 1) : new StoreException("the disk is full"))
            : ValueTask.CompletedTask;
        for (var attempt = 0; failures > 0 && attempt < 3; attempt++)
        {
            var sending = harness.SendAsync(message, message.Chunk(0, 1000));
            while (!sending.IsCompleted)
            {
                // Whoever was fenced claims anew after a while; the clock moves on only for that, or the message would expire.
                await await Task.WhenAny(sending, harness.Time.ArmedAsync(static due => due < TimeSpan.FromSeconds(1)));
                harness.Time.Advance(TimeSpan.FromSeconds(1));
            }

            await sending;
        }

        await harness.SendAsync(message, message.Chunk(0, 1000));
        Assert.Equal(1000, harness.Quota.UsedBytes);
    }

    [Fact]
    public async Task An_end_that_could_not_be_recorded_at_once_gives_its_bytes_back_once()
    {
        var harness = new SessionHarness(new ProtocolLimits { MinChunkBytes = 0, MessageBytes = 2 * ChunkBytes }, storeBytes: Room);
        var message = harness.Message(2 * ChunkBytes);
        await harness.SendAsync(message, message.Chunk(0, 1000));
        var failures = 1;
        harness.Store.BeforeWrite = (_, write) => write.Record.Outcome is not null && failures-- > 0 ? throw new StoreException("the disk is full") : ValueTask.CompletedTask;

        // Beyond what a message may have: it is to be rejected, and the chunk before it in the same call needed room.
        Chunk[] chunks = [message.Chunk(1000, 3000), message.Chunk(3000, 4000, total: 3 * ChunkBytes)];
        await harness.SendAsync(message, chunks);
        Assert.Equal(1000, harness.Quota.UsedBytes);
        Assert.NotNull((await harness.SendAsync(message, chunks)).Outcome);
        Assert.Equal(1000, harness.Quota.UsedBytes);
        await harness.Quota.RefreshAsync(async () => (await harness.Memory.GetUsageAsync(CancellationToken.None)).PayloadBytes);
        Assert.Equal(0, harness.Quota.UsedBytes);
    }
}
