using Reassembly.Core.Routing;
using Reassembly.Grains.Tests.Hosting;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Grains.Tests.Routing;

/// <summary>
/// An edge uses its buffer again as soon as its call has ended, however it ended. Whatever is still under way by then must not read
/// the new bytes for the old ones.
/// </summary>
public sealed class LentMemoryTests : IAsyncLifetime
{
    /// <summary>Long enough for a call to end that should not.</summary>
    private static readonly TimeSpan Temptation = TimeSpan.FromMilliseconds(500);

    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GrainCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await GrainCluster.StartAsync(silos: 1);
        _cluster.Store.BeforeWrite = async (_, _) =>
        {
            _written.TrySetResult();
            await _go.Task;
        };
    }

    public async Task DisposeAsync()
    {
        _go.TrySetResult();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_caller_on_the_same_silo_that_gives_up_gets_its_memory_back_when_the_store_has_done_with_it()
    {
        var (message, chunk, buffer) = Message();
        using var cancel = new CancellationTokenSource();
        var append = OverwriteAfterAsync(_cluster.Router(0).AppendAsync(message.Key, [chunk], cancel.Token), buffer);
        await _written.Task;
        await cancel.CancelAsync();

        // Ends at once where the memory is not guarded, and has it overwritten then.
        await Task.WhenAny(append, Task.Delay(Temptation, TimeProvider.System));
        _go.SetResult();
        await append;
        await AssertWholeAsync(message);
    }

    [Fact]
    public async Task A_caller_on_the_same_silo_whose_call_times_out_gets_the_ack_of_a_later_attempt()
    {
        var (message, chunk, buffer) = Message();
        var append = OverwriteAfterAsync(_cluster.Router(0).AppendAsync(message.Key, [chunk], CancellationToken.None), buffer);

        // Longer than the response time-out: the first attempt still sits in the store when the second one comes.
        await Task.WhenAny(append, Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System));
        _go.SetResult();
        Assert.Equal(20_000, (await append)!.Ack!.Durable);
        await AssertWholeAsync(message);
    }

    [Fact]
    public async Task A_caller_elsewhere_that_gives_up_gets_its_memory_back_at_once()
    {
        var (message, chunk, buffer) = Message();
        using var cancel = new CancellationTokenSource();
        var append = OverwriteAfterAsync(_cluster.ClientRouter.AppendAsync(message.Key, [chunk], cancel.Token), buffer);
        await _written.Task;
        await cancel.CancelAsync();
        await append.WaitAsync(GrainCluster.Patience, TimeProvider.System);
        _go.SetResult();
        await AssertWholeAsync(message);
    }

    private static (TestMessage Message, Chunk Chunk, byte[] Buffer) Message()
    {
        var message = new TestMessage(new Random(11), 30_000, TimeProvider.System.GetUtcNow());
        var chunk = message.Chunk(0, 20_000);
        var buffer = chunk.Payload.ToArray();
        return (message, chunk with { Payload = buffer }, buffer);
    }

    /// <summary>Does what an edge does: uses the buffer for something else when the call is over.</summary>
    private static async Task<Receipt?> OverwriteAfterAsync(ValueTask<Receipt> append, byte[] buffer)
    {
        try
        {
            return await append;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            Array.Fill(buffer, (byte)0xEE);
        }
    }

    private async Task AssertWholeAsync(TestMessage message)
    {
        var last = await _cluster.Router(0).AppendAsync(message.Key, [message.Chunk(20_000, 30_000)], CancellationToken.None);
        var outcome = last.Outcome ?? (await _cluster.Router(0).AppendAsync(message.Key, [message.Chunk(0, 20_000)], CancellationToken.None)).Outcome;
        Assert.Equal(OutcomeState.Committed, outcome!.State);
        Assert.Equal(message.Sha256, outcome.Sha256);
        Assert.Equal(message.Payload, await _cluster.Store.ReadAllAsync(message.Key, 30_000));
    }
}
