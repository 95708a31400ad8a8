using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Tests.Messages;

public sealed class SessionDeadlineTests
{
    private static readonly ProtocolLimits Limits = new() { MinChunkBytes = 0, IdleSeconds = 60, MessageSeconds = 100, RetentionSeconds = 500 };

    private readonly SessionHarness _node = new(Limits);

    [Fact]
    public async Task An_idle_message_expires_and_its_outcome_says_why()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 50));
        var ended = _node.Router.WhenEndedAsync(message.Key, default);
        _node.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(ended.IsCompleted);
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        var outcome = (await ended).Outcome!;
        Assert.Equal((OutcomeState.Expired, ErrorCode.Expired), (outcome.State, outcome.Error!.Code));
        Assert.Equal(outcome, (await _node.SendAsync(message, message.Chunk(50, 100))).Outcome);
    }

    [Fact]
    public async Task Chunks_and_opens_renew_the_idle_time_and_a_status_does_not()
    {
        var message = _node.Message(100);
        var first = await _node.SendAsync(message, message.Chunk(0, 50));
        _node.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(first.Ack!.ExpiresAt, (await _node.Router.StatusAsync(message.Key, default)).Ack!.ExpiresAt);
        var duplicate = await _node.SendAsync(message, message.Chunk(0, 50));
        Assert.Equal(first.Ack.ExpiresAt!.Value.AddSeconds(30), duplicate.Ack!.ExpiresAt);
        _node.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.NotNull((await _node.Router.StatusAsync(message.Key, default)).Ack);
    }

    [Fact]
    public async Task The_total_time_ends_a_message_that_is_never_idle()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 1));
        var ended = _node.Router.WhenEndedAsync(message.Key, default);
        for (var second = 1; second < 100; second++)
        {
            _node.Time.Advance(TimeSpan.FromSeconds(1));
            await _node.SendAsync(message, message.Chunk(0, 1));
        }

        Assert.False(ended.IsCompleted);
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(OutcomeState.Expired, (await ended).Outcome!.State);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(100_000, 60)]
    public async Task Ttl_can_only_shorten(long ttl, int expected)
    {
        var message = _node.Message(100);
        var ack = (await _node.Router.OpenAsync(message.Key, new OpenMessage { Id = message.Id, TtlSeconds = ttl }, default)).Ack!;
        Assert.Equal(_node.Time.GetUtcNow().AddSeconds(expected), ack.ExpiresAt);
        var ended = _node.Router.WhenEndedAsync(message.Key, default);
        await _node.Time.ArmedAsync(due => due == TimeSpan.FromSeconds(expected));
        _node.Time.Advance(TimeSpan.FromSeconds(expected));
        Assert.Equal(OutcomeState.Expired, (await ended).Outcome!.State);
    }

    [Fact]
    public async Task The_time_a_node_was_down_does_not_count_as_silence()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 50));
        _node.Restart();
        _node.Time.Advance(TimeSpan.FromSeconds(70));
        _node.Restart();
        var receipt = await _node.SendAsync(message, message.Chunk(50, 100));
        Assert.Equal(OutcomeState.Committed, receipt.Outcome!.State);
    }

    [Fact]
    public async Task The_time_the_store_was_out_of_service_does_not_count_as_silence_for_an_owner_that_lived_through_it()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 50));

        // It comes back before the deadline that its owner knows of: nothing had to fail meanwhile.
        var returned = _node.Time.GetUtcNow().AddSeconds(30);
        _node.Store.InServiceSince = returned;
        _node.Time.Advance(TimeSpan.FromSeconds(60));
        var status = (await _node.Router.StatusAsync(message.Key, default)).Ack!;
        Assert.Equal(returned.AddSeconds(60), status.ExpiresAt);

        // Whoever looks at the record only, another node's sweeper, must know.
        Assert.Equal(returned.AddSeconds(60), (await _node.Store.FindAsync(message.Key, default))!.ExpiresAt);
        var ended = _node.Router.WhenEndedAsync(message.Key, default);
        _node.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.NotNull((await _node.Router.StatusAsync(message.Key, default)).Ack);
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(OutcomeState.Expired, (await ended).Outcome!.State);
    }

    [Fact]
    public async Task The_time_the_store_was_out_of_service_does_not_count_as_silence_for_an_owner_made_after_it()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 50));
        _node.Restart();
        var returned = _node.Time.GetUtcNow().AddSeconds(30);
        _node.Store.InServiceSince = returned;
        _node.Time.Advance(TimeSpan.FromSeconds(70));
        Assert.Equal(returned.AddSeconds(60), (await _node.Router.StatusAsync(message.Key, default)).Ack!.ExpiresAt);
        _node.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.NotNull((await _node.Router.StatusAsync(message.Key, default)).Ack);
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(OutcomeState.Expired, (await _node.Router.WhenEndedAsync(message.Key, default)).Outcome!.State);
    }

    [Fact]
    public async Task The_total_time_counts_on_while_a_node_is_down()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 50));
        _node.Restart();
        _node.Time.Advance(TimeSpan.FromSeconds(101));
        _node.Restart();
        await _node.Router.StatusAsync(message.Key, default);

        // A session that was just made waits for a first call so long.
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        var ended = await _node.Router.WhenEndedAsync(message.Key, default);
        Assert.Equal(OutcomeState.Expired, ended.Outcome!.State);
    }
}
