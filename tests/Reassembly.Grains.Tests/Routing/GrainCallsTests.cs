using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime.Messaging;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Grains.Routing;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using ErrorCode = Reassembly.Protocol.Errors.ErrorCode;

namespace Reassembly.Grains.Tests.Routing;

public sealed class GrainCallsTests
{
    private static readonly MessageKey Key = MessageKey.Default(MessageId.NewVersion7(TimeProvider.System.GetUtcNow()));
    private static readonly Receipt Ack = Receipt.Of(new AckMessage { Id = Key.Id, Durable = 1, Missing = [], Credit = 2 });

    private readonly ManualTimeProvider _time = new();
    private readonly GrainCalls _calls;

    public GrainCallsTests() => _calls = new GrainCalls(_time, NullLogger<GrainCalls>.Instance);

    public static TheoryData<Exception> Ambiguous =>
    [
        new SiloUnavailableException(), new TimeoutException(), new ConnectionFailedException("There are no available gateways."),
        new GatewayTooBusyException(), new LimitExceededException(), new ObjectDisposedException("client"), new InvalidDataException("damaged"),
        new OperationCanceledException("Message expired before placement could complete"),
    ];

    [Theory]
    [MemberData(nameof(Ambiguous))]
    public async Task What_leaves_open_whether_the_call_was_carried_out_is_called_again(Exception failure)
    {
        var attempts = 0;
        var receipt = await RunAsync(() => ++attempts < 4 ? Task.FromException<Receipt?>(failure) : Task.FromResult<Receipt?>(Ack));
        Assert.Same(Ack, receipt);
        Assert.Equal(4, attempts);
    }

    [Fact]
    public async Task A_call_that_was_not_carried_out_is_made_again()
    {
        var attempts = 0;
        Assert.Same(Ack, await RunAsync(() => Task.FromResult(++attempts < 3 ? null : Ack)));
    }

    [Fact]
    public async Task Where_nobody_answers_the_sender_is_asked_to_send_again()
    {
        var started = _time.GetUtcNow();
        var attempts = 0;
        var receipt = await RunAsync(() =>
        {
            attempts++;
            return Task.FromException<Receipt?>(new SiloUnavailableException());
        });
        var error = Assert.Single(receipt.Errors);
        Assert.Null(receipt.Answer);
        Assert.Equal(ErrorCode.NotDurable, error.Code);
        Assert.True(error.Retryable);
        Assert.Equal(Key.Id, error.Id);
        Assert.InRange(_time.GetUtcNow() - started, GrainCalls.Deadline / 2, GrainCalls.Deadline + TimeSpan.FromSeconds(1));
        Assert.InRange(attempts, 30, 120);
    }

    [Fact]
    public async Task A_fault_of_our_own_is_not_repeated()
    {
        var attempts = 0;
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(() =>
        {
            attempts++;
            return Task.FromException<Receipt?>(new InvalidOperationException());
        }));
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_for_an_owner()
    {
        using var cancel = new CancellationTokenSource();
        var call = _calls.CallAsync(Key, () => new TaskCompletionSource<Receipt?>().Task, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    /// <summary>Moves the clock on while the call waits.</summary>
    private async Task<Receipt> RunAsync(Func<Task<Receipt?>> call)
    {
        var running = _calls.CallAsync(Key, call, CancellationToken.None);
        while (!running.IsCompleted)
        {
            await await Task.WhenAny(running, _time.ArmedAsync(static _ => true));
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        return await running;
    }
}
