using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Core.Tests.Messages;

public sealed class MessageSessionTests
{
    private readonly SessionHarness _node = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(300_000)]
    public async Task A_message_of_any_size_is_committed_with_its_digest(int size)
    {
        var message = _node.Message(size);
        Receipt last = null!;
        foreach (var chunk in message.Chunks(10_000))
        {
            last = await _node.SendAsync(message, chunk);
        }

        Assert.Equal(OutcomeState.Committed, last.Outcome!.State);
        Assert.Equal(message.Sha256, last.Outcome.Sha256);
        Assert.Equal(size, last.Outcome.Size);
        Assert.Equal(message.Payload, await _node.ReadAsync(message));
    }

    [Fact]
    public async Task The_digest_is_right_when_chunks_come_backwards()
    {
        var message = _node.Message(100_000);
        var chunks = message.Chunks(1000, ChunkHeader.UnknownSize);
        chunks.Reverse();
        Receipt last = null!;
        foreach (var chunk in chunks)
        {
            last = await _node.SendAsync(message, chunk);
        }

        Assert.Equal(message.Sha256, last.Outcome!.Sha256);
    }

    [Fact]
    public async Task A_receipt_comes_only_when_the_write_is_durable()
    {
        var hold = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        _node.Store.BeforeWrite = async (_, _) =>
        {
            begun.TrySetResult();
            await hold.Task;
        };
        var message = _node.Message(100);
        var receipt = _node.SendAsync(message, message.Chunk(0, 50));
        await begun.Task;
        Assert.False(receipt.IsCompleted);
        hold.SetResult();
        Assert.Equal(50, (await receipt).Ack!.Durable);
    }

    [Fact]
    public async Task All_that_arrives_during_a_write_goes_into_the_next_one()
    {
        var hold = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        _node.Store.BeforeWrite = async (_, _) =>
        {
            begun.TrySetResult();
            await hold.Task;
        };
        var message = _node.Message(1000);
        var first = _node.SendAsync(message, message.Chunk(0, 10));
        await begun.Task;
        var rest = Enumerable.Range(1, 90).Select(index => _node.SendAsync(message, message.Chunk(index * 10, (index * 10) + 10))).ToList();
        hold.SetResult();
        await first;
        await Task.WhenAll(rest);
        Assert.Equal(2, _node.Store.Writes);
        Assert.Equal(1, _node.Store.MostWritesAtOnce);
    }

    [Fact]
    public async Task Duplicate_chunk_is_acknowledged_and_not_stored_again()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 50));
        var again = await _node.SendAsync(message, message.Chunk(0, 50), message.Chunk(10, 30));
        Assert.Equal(50, again.Ack!.Durable);
        Assert.Empty(again.Errors);
        Assert.Equal(1, _node.Store.Writes);
    }

    [Fact]
    public async Task The_same_chunk_twice_in_one_call_is_stored_once()
    {
        var message = _node.Message(100);
        var receipt = await _node.SendAsync(message, message.Chunk(0, 50), message.Chunk(0, 50), message.Chunk(40, 100));
        Assert.Equal(OutcomeState.Committed, receipt.Outcome!.State);
        Assert.Equal(message.Sha256, receipt.Outcome.Sha256);
    }

    [Fact]
    public async Task Other_bytes_at_the_same_place_conflict_and_the_first_stay()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 50));
        var other = new Chunk(message.Chunk(40, 80).Header, new byte[40]);
        var conflict = await _node.SendAsync(message, other);
        Assert.Equal([ErrorCode.DataConflict], conflict.Errors.Select(error => error.Code));
        Assert.Null(conflict.Ack);
        var rest = await _node.SendAsync(message, message.Chunk(50, 100));
        Assert.Equal(message.Sha256, rest.Outcome!.Sha256);
    }

    [Fact]
    public async Task A_refused_chunk_does_not_stop_its_neighbours()
    {
        var message = _node.Message(100);
        var lying = message.Chunk(50, 70, false, 999);
        var receipt = await _node.SendAsync(message, message.Chunk(0, 50), lying, message.Chunk(50, 90));
        Assert.Equal([ErrorCode.SizeConflict], receipt.Errors.Select(error => error.Code));
        Assert.Equal(90, receipt.Ack!.Durable);
    }

    [Fact]
    public async Task A_digest_that_differs_from_the_announced_one_rejects_the_message_for_good()
    {
        var message = _node.Message(100);
        await _node.Router.OpenAsync(message.Key, new OpenMessage { Id = message.Id, Sha256 = new string('0', 64) }, default);
        var receipt = await _node.SendAsync(message, message.Chunk(0, 100));
        Assert.Equal((OutcomeState.Rejected, ErrorCode.DigestMismatch), (receipt.Outcome!.State, receipt.Outcome.Error!.Code));
        Assert.Equal(receipt.Outcome, (await _node.SendAsync(message, message.Chunk(0, 100))).Outcome);
        Assert.Empty((await _node.Store.FindAsync(message.Key, default))!.Durable);
    }

    [Fact]
    public async Task Too_big_is_rejected_at_the_first_word_of_it_and_costs_nothing_afterwards()
    {
        var node = new SessionHarness(new ProtocolLimits { MessageBytes = 99 });
        var message = node.Message(100);
        var receipt = await node.Router.OpenAsync(message.Key, new OpenMessage { Id = message.Id, Size = 100 }, default);
        Assert.Equal((OutcomeState.Rejected, ErrorCode.MessageTooBig), (receipt.Outcome!.State, receipt.Outcome.Error!.Code));
        var writes = node.Store.Writes;
        Assert.Equal(receipt.Outcome, (await node.SendAsync(message, message.Chunk(0, 100))).Outcome);
        Assert.Equal(writes, node.Store.Writes);
    }

    [Fact]
    public async Task An_outcome_is_sticky_for_every_kind_of_repeat()
    {
        var message = _node.Message(10);
        var outcome = (await _node.SendAsync(message, message.Chunk(0, 10))).Outcome;
        Assert.Equal(outcome, (await _node.Router.StatusAsync(message.Key, default)).Outcome);
        Assert.Equal(outcome, (await _node.Router.AbortAsync(message.Key, default)).Outcome);
        Assert.Equal(outcome, (await _node.Router.OpenAsync(message.Key, new OpenMessage { Id = message.Id, Channel = "other" }, default)).Outcome);
        Assert.Equal(outcome, (await _node.SendAsync(message, new Chunk(message.Chunk(0, 10).Header, new byte[10]))).Outcome);
        Assert.Equal(outcome, (await _node.Router.WhenEndedAsync(message.Key, default)).Outcome);
    }

    [Fact]
    public async Task An_abort_ends_the_message_and_drops_its_bytes()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 50));
        var ended = _node.Router.WhenEndedAsync(message.Key, default);
        Assert.Equal(OutcomeState.Aborted, (await _node.Router.AbortAsync(message.Key, default)).Outcome!.State);
        Assert.Equal(OutcomeState.Aborted, (await ended).Outcome!.State);
        Assert.Empty((await _node.Store.FindAsync(message.Key, default))!.Durable);
    }

    [Fact]
    public async Task A_failed_write_is_not_durable_and_sending_again_succeeds()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 30));
        _node.Store.BeforeWrite = (_, _) => throw new StoreException("the disk /somewhere is full");
        var failed = await _node.SendAsync(message, message.Chunk(30, 100));
        Assert.Equal([ErrorCode.NotDurable], failed.Errors.Select(error => error.Code));
        Assert.True(failed.Errors[0].Retryable);
        Assert.Contains("/somewhere", failed.Errors[0].Message, StringComparison.Ordinal);
        var status = (await _node.Router.StatusAsync(message.Key, default)).Ack!;
        Assert.Equal(30, status.Durable);
        Assert.Equal([new ByteRange(30, 100)], status.Missing);

        _node.Store.BeforeWrite = (_, _) => ValueTask.CompletedTask;
        var other = new Chunk(message.Chunk(30, 100).Header, message.Payload.AsMemory(30, 70));
        Assert.Equal(message.Sha256, (await _node.SendAsync(message, other)).Outcome!.Sha256);
    }

    [Fact]
    public async Task A_failed_write_of_other_bytes_leaves_no_trace_in_the_digest()
    {
        var message = _node.Message(100);
        _node.Store.BeforeWrite = (_, _) => throw new StoreException("full");
        await _node.SendAsync(message, message.Chunk(0, 30));
        var scrambled = new Chunk(message.Chunk(0, 60).Header, new byte[60]);
        await _node.SendAsync(message, scrambled);
        _node.Store.BeforeWrite = (_, _) => ValueTask.CompletedTask;
        await _node.SendAsync(message, message.Chunk(0, 60));
        Assert.Equal(message.Sha256, (await _node.SendAsync(message, message.Chunk(60, 100))).Outcome!.Sha256);
    }

    [Fact]
    public async Task A_restart_goes_on_with_what_was_durable()
    {
        var message = _node.Message(100_000);
        await _node.Router.OpenAsync(message.Key, new OpenMessage { Id = message.Id, Channel = "c", Sha256 = message.Sha256 }, default);
        await _node.SendAsync(message, message.Chunk(0, 40_000), message.Chunk(60_000, 80_000));
        _node.Restart();
        var status = await _node.Router.StatusAsync(message.Key, default);
        Assert.Equal(40_000, status.Ack!.Durable);
        Assert.Equal([new ByteRange(40_000, 60_000)], status.Ack.Missing);
        await _node.SendAsync(message, message.Chunk(40_000, 60_000));
        Assert.Equal(OutcomeState.Committed, (await _node.SendAsync(message, message.Chunk(80_000, 100_000))).Outcome!.State);
    }

    [Fact]
    public async Task A_sender_that_keeps_its_message_alive_without_bytes_keeps_it_alive_for_the_next_owner()
    {
        var message = _node.Message(100);
        var open = new OpenMessage { Id = message.Id };
        await _node.Router.OpenAsync(message.Key, open, default);
        await _node.SendAsync(message, message.Chunk(0, 50));
        var writes = _node.Store.Writes;
        var step = TimeSpan.FromSeconds(_node.Limits.IdleSeconds) / 3;
        for (var opens = 0; opens < 9; opens++)
        {
            _node.Time.Advance(step);
            await _node.Router.OpenAsync(message.Key, open, default);
        }

        Assert.InRange(_node.Store.Writes - writes, 1, 9);
        var record = await _node.Store.FindAsync(message.Key, default);
        Assert.InRange(record!.ExpiresAt - _node.Time.GetUtcNow(), step * 2, TimeSpan.FromSeconds(_node.Limits.IdleSeconds));

        // Questions are no sign of life, and write nothing.
        writes = _node.Store.Writes;
        _node.Time.Advance(step);
        await _node.Router.StatusAsync(message.Key, default);
        Assert.Equal(writes, _node.Store.Writes);
    }

    [Fact]
    public async Task Time_in_which_the_store_takes_nothing_does_not_count_as_silence()
    {
        var message = _node.Message(100);
        await _node.SendAsync(message, message.Chunk(0, 50));
        _node.Store.BeforeWrite = (_, _) => throw new StoreException("away");
        var idle = TimeSpan.FromSeconds(_node.Limits.IdleSeconds);
        for (var seconds = 0; seconds < 3 * _node.Limits.IdleSeconds; seconds++)
        {
            // The deadline passes, and the end cannot be recorded.
            _node.Time.Advance(TimeSpan.FromSeconds(1));
            await _node.Router.StatusAsync(message.Key, default);
        }

        _node.Store.BeforeWrite = (_, _) => ValueTask.CompletedTask;
        _node.Time.Advance(idle / 2);
        var last = await _node.SendAsync(message, message.Chunk(50, 100));
        Assert.Equal(OutcomeState.Committed, last.Outcome?.State);
    }

    [Fact]
    public async Task Of_all_messages_that_a_new_owner_took_over_one_at_a_time_is_read_back_beside_its_writes()
    {
        const int Chunk = 65_536;
        var messages = new[] { _node.Message(4 * Chunk, seed: 1), _node.Message(4 * Chunk, seed: 2) };
        foreach (var message in messages)
        {
            await _node.SendAsync(message, message.Chunk(0, Chunk));
        }

        _node.Restart();
        var reads = 0;
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _node.Store.BeforeRead = async () =>
        {
            reads++;
            reading.TrySetResult();
            await held.Task;
        };
        var first = _node.SendAsync(messages[0], messages[0].Chunk(Chunk, 2 * Chunk));
        await reading.Task;
        Assert.Equal(2 * Chunk, (await _node.SendAsync(messages[1], messages[1].Chunk(Chunk, 2 * Chunk))).Ack!.Durable);
        Assert.Equal(1, reads);
        Assert.False(first.IsCompleted);

        // What is still to be read then is read at the end.
        held.SetResult();
        Assert.Equal(2 * Chunk, (await first).Ack!.Durable);
        foreach (var message in messages)
        {
            Assert.Equal(message.Sha256, (await _node.SendAsync(message, message.Chunk(2 * Chunk, 4 * Chunk))).Outcome!.Sha256);
        }
    }

    [Fact]
    public async Task A_new_owner_does_not_hold_up_acks_to_read_back_what_it_must_hash()
    {
        const int Half = 2 << 20;
        var message = _node.Message(2 * Half);
        foreach (var chunk in message.Chunks(65_536).Take(Half / 65_536))
        {
            await _node.SendAsync(message, chunk);
        }

        _node.Restart();
        var reads = 0;
        _node.Store.BeforeRead = () =>
        {
            reads++;
            return ValueTask.CompletedTask;
        };

        // This store writes at once, so there is next to no time for reading beside it.
        await _node.SendAsync(message, message.Chunk(Half, Half + 65_536));
        Assert.InRange(reads, 0, 1);
        var last = await _node.SendAsync(message, message.Chunk(Half + 65_536, 2 * Half));
        Assert.Equal(message.Sha256, last.Outcome!.Sha256);
    }

    [Fact]
    public async Task An_old_owner_steps_down_when_a_new_one_claims()
    {
        var message = _node.Message(100);
        var old = _node.Router;
        await _node.SendAsync(message, message.Chunk(0, 50));
        _node.Start();
        await _node.SendAsync(message, message.Chunk(50, 60));

        // The old owner finds out at its next write, claims anew, and goes on from what is durable.
        var receipt = await old.AppendAsync(message.Key, [message.Chunk(60, 100)], default);
        Assert.Equal(OutcomeState.Committed, receipt.Outcome!.State);
        Assert.Equal(message.Payload, await _node.ReadAsync(message));
    }

    [Fact]
    public async Task Status_abort_and_wait_of_an_unknown_id_say_so_and_leave_nothing()
    {
        var key = MessageKey.Default(MessageId.NewVersion7(DateTimeOffset.UnixEpoch));
        Assert.Equal(ErrorCode.UnknownMessage, (await _node.Router.StatusAsync(key, default)).Errors[0].Code);
        Assert.Equal(ErrorCode.UnknownMessage, (await _node.Router.AbortAsync(key, default)).Errors[0].Code);
        Assert.Equal(ErrorCode.UnknownMessage, (await _node.Router.WhenEndedAsync(key, default)).Errors[0].Code);
        Assert.Null(await _node.Store.FindAsync(key, default));
    }

    [Fact]
    public async Task A_commit_is_told_with_its_channel_and_waits_for_every_sink()
    {
        var first = _node.Message(10);
        await _node.SendAsync(first, first.Chunk(0, 10));
        Assert.Equal(DeliveryState.None, (await _node.Store.FindAsync(first.Key, default))!.Delivery);

        _node.HasSink = true;
        var second = _node.Message(10, seed: 8);
        await _node.Router.OpenAsync(second.Key, new OpenMessage { Id = second.Id, Channel = "invoices" }, default);
        await _node.SendAsync(second, second.Chunk(0, 10));
        Assert.Equal(["default", "invoices"], _node.Commits);
        Assert.Equal(DeliveryState.Pending, (await _node.Store.FindAsync(second.Key, default))!.Delivery);
        var depths = await _node.Memory.ListDepthsAsync(null, default);
        Assert.Equal(["default subscribers:default", "invoices handler", "invoices subscribers:invoices"], depths.Select(depth => $"{depth.Channel} {depth.Sink}"));
    }
}
