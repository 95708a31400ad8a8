using Reassembly.Core.Messages;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Ranges;
using Reassembly.Testing;

namespace Reassembly.Core.Tests.Messages;

public sealed class MessageAssemblerTests
{
    private static readonly ProtocolLimits Limits = new() { MessageBytes = 1000, MinChunkBytes = 10, WindowBytes = 500 };

    private readonly TestMessage _message = new(new Random(1), 100, DateTimeOffset.UnixEpoch);
    private readonly MessageAssembler _assembler;

    public MessageAssemblerTests()
    {
        _assembler = new MessageAssembler(_message.Id, Limits, null);
    }

    [Fact]
    public void Bytes_are_durable_only_when_confirmed()
    {
        Take(_message.Chunk(0, 50));
        Assert.Equal(0, Ack().Durable);
        _assembler.Confirm();
        Assert.Equal(50, Ack().Durable);
        Assert.Equal(550, Ack().Credit);
    }

    [Fact]
    public void A_gap_is_missing_and_what_lies_above_the_highest_byte_seen_is_not()
    {
        Take(_message.Chunk(20, 40));
        Take(_message.Chunk(60, 80));
        _assembler.Confirm();
        Assert.Equal([new ByteRange(0, 20), new ByteRange(40, 60)], Ack().Missing);
        Assert.Equal(0, Ack().Durable);
    }

    [Fact]
    public void An_ack_names_64_ranges_at_the_most_and_the_last_covers_the_rest()
    {
        var limits = new ProtocolLimits { MinChunkBytes = 0 };
        var assembler = new MessageAssembler(_message.Id, limits, null);
        var big = new TestMessage(new Random(2), 1000, DateTimeOffset.UnixEpoch);
        for (var at = 1; at < 400; at += 2)
        {
            assembler.Admit(big.Chunk(at, at + 1, false).Header);
        }

        assembler.Confirm();
        var missing = assembler.Ack(DateTimeOffset.UnixEpoch).Missing;
        Assert.Equal(64, missing.Count);
        Assert.Equal(new ByteRange(126, 399), missing[^1]);
    }

    [Fact]
    public void A_chunk_over_durable_bytes_is_compared_and_only_its_new_bytes_are_stored()
    {
        Take(_message.Chunk(0, 30));
        _assembler.Confirm();
        var chunk = _message.Chunk(20, 60).Header;
        Assert.Equal(ChunkAction.Compare, _assembler.Check(chunk).Action);
        Assert.Equal([new ByteRange(30, 60)], _assembler.Admit(chunk));
    }

    [Fact]
    public void A_chunk_over_bytes_on_their_way_waits_for_them()
    {
        Take(_message.Chunk(0, 30));
        Assert.Equal(ChunkAction.Defer, _assembler.Check(_message.Chunk(20, 60).Header).Action);
    }

    [Fact]
    public void Withdrawn_bytes_and_what_they_said_are_unknown_again()
    {
        Take(_message.Chunk(0, 100));
        _assembler.Withdraw();
        Assert.Null(_assembler.Size);
        Assert.False(_assembler.IsDirty);
        Assert.Equal([new ByteRange(0, 100)], Ack().Missing);
        Take(_message.Chunk(0, 100));
        Assert.True(_assembler.IsComplete);
    }

    [Theory]
    [InlineData(0, 50, true, 100UL, "LAST that is not at the end")]
    [InlineData(60, 100, false, 80UL, "bytes beyond its own total")]
    public void A_chunk_that_contradicts_itself_is_refused(int from, int to, bool last, ulong total, string why)
    {
        Assert.NotEmpty(why);
        AssertRefused(ErrorCode.SizeConflict, _message.Chunk(from, to, last, total));
        Assert.Null(_assembler.Size);
    }

    [Fact]
    public void Two_chunks_that_contradict_each_other_are_found_in_either_order()
    {
        Chunk[] contradicting =
        [
            _message.Chunk(0, 40, true, ChunkHeader.UnknownSize),
            _message.Chunk(40, 80, false, ChunkHeader.UnknownSize),
            _message.Chunk(80, 100, true, ChunkHeader.UnknownSize),
            _message.Chunk(0, 40, false, 90),
        ];
        foreach (var (first, second) in new[] { (0, 1), (0, 2), (0, 3), (2, 3) })
        {
            foreach (var (one, other) in new[] { (first, second), (second, first) })
            {
                var assembler = new MessageAssembler(_message.Id, Limits, null);
                assembler.Admit(contradicting[one].Header);
                assembler.Confirm();
                var verdict = assembler.Check(contradicting[other].Header);
                Assert.Equal((ChunkAction.Refuse, ErrorCode.SizeConflict), (verdict.Action, verdict.Error!.Code));
            }
        }
    }

    [Theory]
    [InlineData(1001UL)]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue - 1)]
    public void A_total_above_the_cap_rejects_the_message_whatever_else_is_wrong(ulong total)
    {
        Take(_message.Chunk(0, 50));
        var verdict = _assembler.Check(_message.Chunk(0, 5, true, total).Header);
        Assert.Equal((ChunkAction.Reject, ErrorCode.MessageTooBig), (verdict.Action, verdict.Error!.Code));
        Assert.Equal("messageBytes", verdict.Error.Limit!.Name);
        Assert.Equal(1000, verdict.Error.Limit.Max);
        Assert.True(verdict.Error.Limit.Actual is > 1000 and <= WireProtocol.MaxSafeInteger);
    }

    [Fact]
    public void Reaching_beyond_the_cap_rejects_the_message_though_no_total_was_said()
    {
        var header = new ChunkHeader { Id = _message.Id, Offset = 990, PayloadLength = 11, TotalSize = ChunkHeader.UnknownSize };
        Assert.Equal(ChunkAction.Reject, _assembler.Check(header).Action);
    }

    [Fact]
    public void A_small_chunk_is_refused_unless_it_ends_the_message()
    {
        AssertRefused(ErrorCode.ChunkTooSmall, _message.Chunk(0, 9));
        AssertRefused(ErrorCode.ChunkTooSmall, _message.Chunk(50, 50, false));
        Assert.Equal(ChunkAction.Admit, _assembler.Check(_message.Chunk(95, 100, true).Header).Action);
        Assert.Equal(ChunkAction.Admit, _assembler.Check(_message.Chunk(95, 100, false).Header).Action);
    }

    [Fact]
    public void An_empty_message_is_one_last_chunk_and_not_the_announcement_of_it()
    {
        Assert.Null(_assembler.Describe(new OpenMessage { Id = _message.Id, Size = 0 }));
        Assert.False(_assembler.IsComplete);
        Take(_message.Chunk(0, 0, true, 0));
        Assert.True(_assembler.IsComplete);
    }

    [Fact]
    public void The_first_open_fills_what_nobody_has_said_and_a_different_one_conflicts()
    {
        var open = new OpenMessage { Id = _message.Id, Channel = "invoices", Headers = new Dictionary<string, string> { ["a"] = "1" } };
        Take(_message.Chunk(0, 50, false, ChunkHeader.UnknownSize));
        Assert.Null(_assembler.Describe(open));
        Assert.Null(_assembler.Describe(open with { Headers = new Dictionary<string, string> { ["a"] = "1" }, ContentEncoding = "identity" }));
        Assert.Equal(ErrorCode.OpenConflict, _assembler.Describe(open with { Channel = "orders" })!.Code);
        Assert.Equal(ErrorCode.OpenConflict, _assembler.Describe(open with { Headers = new Dictionary<string, string> { ["a"] = "2" } })!.Code);
        Assert.Equal(ErrorCode.OpenConflict, _assembler.Describe(open with { Size = 100 })!.Code);
    }

    [Theory]
    [InlineData(99, ErrorCode.SizeConflict)]
    [InlineData(1001, ErrorCode.MessageTooBig)]
    public void An_open_that_contradicts_chunks_or_passes_the_cap_is_an_error(int size, ErrorCode code)
    {
        Take(_message.Chunk(0, 50));
        Assert.Equal(code, _assembler.Describe(new OpenMessage { Id = _message.Id, Size = size })!.Code);
        Assert.Null(_assembler.Open);
    }

    [Fact]
    public void Gaps_are_bounded_and_filling_them_is_not()
    {
        var limits = new ProtocolLimits { MinChunkBytes = 1 };
        var assembler = new MessageAssembler(_message.Id, limits, null);
        ChunkHeader At(long offset) => new() { Id = _message.Id, Offset = offset, PayloadLength = 1, TotalSize = ChunkHeader.UnknownSize };
        for (var index = 0; index < MessageAssembler.MaxRanges; index++)
        {
            assembler.Admit(At(2 * index));
        }

        assembler.Confirm();
        var refused = assembler.Check(At(4 * MessageAssembler.MaxRanges));
        Assert.Equal((ChunkAction.Refuse, ErrorCode.Overloaded, true), (refused.Action, refused.Error!.Code, refused.Error.Retryable));
        Assert.Equal(ChunkAction.Admit, assembler.Check(At(1)).Action);
    }

    [Fact]
    public void A_restored_message_goes_on_where_its_record_ends()
    {
        var record = new MessageRecord
        {
            CreatedAt = DateTimeOffset.UnixEpoch,
            ExpiresAt = DateTimeOffset.UnixEpoch,
            Size = 100,
            Durable = [new ByteRange(0, 20), new ByteRange(50, 60)],
        };
        var assembler = new MessageAssembler(_message.Id, Limits, record);
        Assert.Equal([new ByteRange(20, 50)], assembler.Ack(DateTimeOffset.UnixEpoch).Missing);
        assembler.Admit(_message.Chunk(20, 50).Header);
        assembler.Admit(_message.Chunk(60, 100).Header);
        Assert.True(assembler.IsComplete);
        Assert.Equal([new ByteRange(0, 100)], assembler.DurableAfterWrite());
    }

    private AckMessage Ack() => _assembler.Ack(DateTimeOffset.UnixEpoch);

    private void Take(Chunk chunk)
    {
        Assert.Equal(ChunkAction.Admit, _assembler.Check(chunk.Header).Action);
        _assembler.Admit(chunk.Header);
    }

    private void AssertRefused(ErrorCode code, Chunk chunk)
    {
        var verdict = _assembler.Check(chunk.Header);
        Assert.Equal((ChunkAction.Refuse, code), (verdict.Action, verdict.Error!.Code));
        Assert.Equal(_message.Id, verdict.Error.Id);
    }
}
