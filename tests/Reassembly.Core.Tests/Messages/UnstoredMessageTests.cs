using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Errors;
using Reassembly.Testing;

namespace Reassembly.Core.Tests.Messages;

/// <summary>What is asked while the first chunk of a message is on its way to a store that does not take it.</summary>
public sealed class UnstoredMessageTests
{
    private readonly SessionHarness _node = new();
    private readonly TestMessage _message;
    private readonly TaskCompletionSource _writing = new();
    private readonly TaskCompletionSource _asked = new();

    public UnstoredMessageTests()
    {
        _message = _node.Message(100);
        _node.Store.BeforeWrite = async (_, _) =>
        {
            _writing.TrySetResult();
            await _asked.Task;
            throw new StoreException("the disk is full");
        };
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Status_and_abort_behind_a_first_chunk_that_was_not_stored_find_no_message(bool aborts)
    {
        var sent = SendFirstAsync();
        await _writing.Task;
        var answer = AskAsync(aborts);
        _asked.SetResult();
        AssertRefused(ErrorCode.NotDurable, await sent);
        AssertRefused(ErrorCode.UnknownMessage, await answer);
        Assert.Null(await _node.Store.FindAsync(_message.Key, default));

        _node.Store.BeforeWrite = (_, _) => ValueTask.CompletedTask;
        Assert.Equal(_message.Sha256, (await _node.SendAsync(_message, _message.Chunk(0, 100))).Outcome!.Sha256);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_owner_that_had_nothing_to_say_is_the_owner_of_the_chunk_that_comes_next(bool aborts)
    {
        var lost = SendFirstAsync();
        await _writing.Task;
        var stored = new TaskCompletionSource();
        _node.Store.BeforeWrite = async (_, _) => await stored.Task;
        var answer = AskAsync(aborts);
        var behind = SendFirstAsync();
        _asked.SetResult();
        AssertRefused(ErrorCode.NotDurable, await lost);
        AssertRefused(ErrorCode.UnknownMessage, await answer);

        // While that is being written, as when it is: the same owner has it all, and one place is taken.
        var last = _node.SendAsync(_message, _message.Chunk(50, 100));
        stored.SetResult();
        Assert.Equal(50, (await behind).Ack!.Durable);
        Assert.Equal(_message.Sha256, (await last).Outcome!.Sha256);
        Assert.Equal(1, _node.Store.Claims);
        await Eventually.TrueAsync(() => _node.Gate.Open == 0, "its place is free");
    }

    [Fact]
    public async Task Status_beside_a_first_chunk_that_was_not_stored_finds_no_message()
    {
        var first = SendFirstAsync();
        await _writing.Task;
        var second = SendFirstAsync();
        var status = AskAsync(aborts: false);
        _asked.SetResult();
        AssertRefused(ErrorCode.NotDurable, await first);
        AssertRefused(ErrorCode.NotDurable, await second);
        AssertRefused(ErrorCode.UnknownMessage, await status);
    }

    private Task<Receipt> SendFirstAsync() => _node.SendAsync(_message, _message.Chunk(0, 50));

    private ValueTask<Receipt> AskAsync(bool aborts)
        => aborts ? _node.Router.AbortAsync(_message.Key, default) : _node.Router.StatusAsync(_message.Key, default);

    private static void AssertRefused(ErrorCode expected, Receipt receipt) => Assert.Equal([expected], receipt.Errors.Select(error => error.Code));
}
