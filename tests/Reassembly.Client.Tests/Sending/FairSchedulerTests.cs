using Reassembly.Client.Sending;

namespace Reassembly.Client.Tests.Sending;

public sealed class FairSchedulerTests
{
    [Fact]
    public async Task Turns_come_in_the_order_of_asking_and_a_second_one_stands_behind()
    {
        var scheduler = new FairScheduler(turnsAtOnce: 1);
        var (big, small) = (scheduler.NewTurn(), scheduler.NewTurn());
        await big.TakeAsync(CancellationToken.None);

        var waiting = small.TakeAsync(CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        big.Release();
        var again = big.TakeAsync(CancellationToken.None);
        Assert.False(again.IsCompleted);
        await waiting;
        Assert.False(again.IsCompleted);
        small.Release();
        await again;
        big.Release();
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_line_and_takes_no_turn()
    {
        var scheduler = new FairScheduler(turnsAtOnce: 1);
        var (first, second, third) = (scheduler.NewTurn(), scheduler.NewTurn(), scheduler.NewTurn());
        using var cancellation = new CancellationTokenSource();
        await first.TakeAsync(CancellationToken.None);
        var cancelled = second.TakeAsync(cancellation.Token);
        var waiting = third.TakeAsync(CancellationToken.None);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
        first.Release();
        await waiting;
        third.Release();

        await second.TakeAsync(CancellationToken.None);
        second.Release();
    }

    [Fact]
    public async Task No_more_turns_than_allowed_are_out_under_contention()
    {
        var scheduler = new FairScheduler(turnsAtOnce: 3);
        var (out_, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            var turn = scheduler.NewTurn();
            for (var round = 0; round < 200; round++)
            {
                await turn.TakeAsync(CancellationToken.None);
                most = Math.Max(most, Interlocked.Increment(ref out_));
                await Task.Yield();
                Interlocked.Decrement(ref out_);
                turn.Release();
            }
        })));

        Assert.InRange(most, 1, 3);
        Assert.Equal(0, out_);
    }
}
