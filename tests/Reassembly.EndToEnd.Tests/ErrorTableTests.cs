using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Reassembly.EndToEnd.Tests.Hosting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests;

/// <summary>
/// The table of errors in the specification, row by row: the named code comes, and the same connection then commits an honest message.
/// Those that limits of count, room and time cause are in <see cref="SettingsTests"/>.
/// </summary>
public sealed class ErrorTableTests(SharedServer server) : IClassFixture<SharedServer>
{
    private const string Id = "0199aaaa-0000-7000-8000-00000000000f";

    public static TheoryData<string> NotOneObject =>
    [
        "", "nonsense", "[]", "\"open\"", "1", "null", "{", """{"type":"ping","nonce":1}{}""", """{"type":1}""", "{}",
        $$"""{"type":"ping","nonce":{{string.Concat(Enumerable.Repeat("[", 500))}}{{string.Concat(Enumerable.Repeat("]", 500))}}}""",
        """{"type":"open"}""", """{"type":"open","id":null}""", """{"type":"open","id":7}""",
        """{"type":"open","id":"0199AAAA-0000-7000-8000-00000000000F"}""", """{"type":"status","id":"0199aaaa"}""",
        $$"""{"type":"open","id":"{{Id}}","size":-1}""", $$"""{"type":"open","id":"{{Id}}","size":1.5}""", $$"""{"type":"open","id":"{{Id}}","size":9007199254740992}""",
        $$"""{"type":"open","id":"{{Id}}","sha256":"XYZ"}""", $$"""{"type":"open","id":"{{Id}}","contentEncoding":"rot13"}""",
        $$"""{"type":"open","id":"{{Id}}","headers":[]}""", $$"""{"type":"open","id":"{{Id}}","ttlSeconds":-5}""",
        $$"""{"type":"chunk","id":"{{Id}}","sequence":0,"offset":0,"last":true}""", $$"""{"type":"chunk","id":"{{Id}}","sequence":0,"offset":-1,"last":true,"data":""}""",
        $$"""{"type":"chunk","id":"{{Id}}","sequence":0,"offset":0,"last":true,"data":"%%%"}""",
    ];

    [Theory]
    [MemberData(nameof(NotOneObject))]
    public Task BAD_JSON_for_text_that_is_not_one_object_or_has_a_bad_field(string text)
        => AfterAsync(async peer =>
        {
            await peer.SendTextAsync(text);
            Check(await ErrorAsync(peer), ErrorCode.BadJson, ErrorScope.Frame);
        });

    [Fact]
    public Task UNKNOWN_TYPE_for_a_control_type_and_a_chunk_type_of_another_version()
        => AfterAsync(async peer =>
        {
            await peer.SendTextAsync("""{"type":"juggle","balls":3}""");
            Check(await ErrorAsync(peer), ErrorCode.UnknownType, ErrorScope.Frame);
            await peer.SendAsync(Changed(frame => frame[1] = 2));
            Check(await ErrorAsync(peer), ErrorCode.UnknownType, ErrorScope.Frame);
        });

    [Fact]
    public Task BAD_FRAME_for_headers_that_cannot_be()
        => AfterAsync(async peer =>
        {
            byte[][] frames =
            [
                [], [1], [.. Changed(_ => { }).Take(47)],
                Changed(frame => frame[0] = 0), Changed(frame => frame[0] = 2), Changed(frame => frame[2] = 2), Changed(frame => frame[2] = 0x81),
                Changed(frame => frame[3] = 11), Changed(frame => frame[3] = 0), [.. Changed(frame => frame[3] = 255).Take(100)],
                Changed(frame => BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(40), 1999)), Changed(frame => BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(40), uint.MaxValue)),
                Changed(frame => BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(24), long.MaxValue)), Changed(frame => BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(24), ulong.MaxValue)),
            ];
            foreach (var frame in frames)
            {
                await peer.SendAsync(frame);
                Check(await ErrorAsync(peer), ErrorCode.BadFrame, ErrorScope.Frame);
            }
        });

    [Theory]
    [InlineData(System.Net.WebSockets.WebSocketMessageType.Binary)]
    [InlineData(System.Net.WebSockets.WebSocketMessageType.Text)]
    public Task FRAME_TOO_BIG_names_limit_size_and_hop(System.Net.WebSockets.WebSocketMessageType type)
        => AfterAsync(async peer =>
        {
            var max = peer.Welcome.Limits.FrameBytes;
            await peer.SendAsync(new byte[max + 1], type);
            var error = await ErrorAsync(peer);
            Check(error, ErrorCode.FrameTooBig, ErrorScope.Frame);
            Assert.Equal(("frameBytes", max, max + 1), (error.Limit!.Name, error.Limit.Max, error.Limit.Actual));
            Assert.NotEmpty(error.Limit.Hop);
        });

    [Theory]
    [InlineData("open")]
    [InlineData("total")]
    [InlineData("reached")]
    public Task MESSAGE_TOO_BIG_rejects_as_soon_as_it_is_known(string how)
        => AfterAsync(async peer =>
        {
            const long Size = SharedServer.MessageBytes + 1000;
            var id = Peer.NewId();
            await (how switch
            {
                "open" => peer.SendAsync(new OpenMessage { Id = id, Size = Size }),
                "total" => peer.SendAsync(Peer.Chunk(id, 0, new byte[2000], total: (ulong)Size)),
                _ => peer.SendAsync(Peer.Chunk(id, Size - 2000, new byte[2000])),
            });
            var outcome = await peer.OutcomeAsync(id);
            CheckRejected(outcome, ErrorCode.MessageTooBig);
            Assert.Equal(("messageBytes", SharedServer.MessageBytes, Size), (outcome.Error!.Limit!.Name, outcome.Error.Limit.Max, outcome.Error.Limit.Actual));

            // No poison loop: whatever more comes of it gets the same.
            await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
            Assert.Equal(outcome, await peer.OutcomeAsync(id));
        });

    [Fact]
    public Task CHUNK_TOO_SMALL_unless_it_is_the_last()
        => AfterAsync(async peer =>
        {
            var id = Peer.NewId();
            await peer.SendAsync(Peer.Chunk(id, 0, new byte[peer.Welcome.Limits.MinChunkBytes - 1]));
            var error = await ErrorAsync(peer);
            Check(error, ErrorCode.ChunkTooSmall, error.Scope, id);
            Assert.Equal(("minChunkBytes", 1024L, 1023L), (error.Limit!.Name, error.Limit.Max, error.Limit.Actual));
            await peer.SendAsync(Peer.Chunk(id, 0, [7], last: true));
            Assert.Equal(OutcomeState.Committed, (await peer.OutcomeAsync(id)).State);
        });

    [Fact]
    public Task CRC_MISMATCH_is_never_stored_and_may_be_sent_again()
        => AfterAsync(async peer =>
        {
            var id = Peer.NewId();
            var payload = RandomNumberGenerator.GetBytes(2000);
            var frame = Peer.Chunk(id, 0, payload, last: true);
            frame[^1] ^= 1;
            await peer.SendAsync(frame);
            Check(await ErrorAsync(peer), ErrorCode.CrcMismatch, ErrorScope.Message, id, retryable: true);
            var text = $$"""{"type":"chunk","id":"{{id}}","sequence":0,"offset":0,"last":true,"data":"{{Convert.ToBase64String(payload)}}","crc32c":"00000000"}""";
            await peer.SendTextAsync(text);
            Check(await ErrorAsync(peer), ErrorCode.CrcMismatch, ErrorScope.Message, id, retryable: true);
            await peer.SendTextAsync(text.Replace(",\"crc32c\":\"00000000\"", string.Empty, StringComparison.Ordinal));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), (await peer.OutcomeAsync(id)).Sha256);
        });

    [Fact]
    public Task SIZE_CONFLICT_for_totals_that_contradict_bytes_beyond_and_a_last_that_is_not_at_the_end()
        => AfterAsync(async peer =>
        {
            var id = Peer.NewId();
            await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000], total: 6000));
            await peer.ReceiveAsync<AckMessage>(ack => ack.Id == id);
            byte[][] frames =
            [
                Peer.Chunk(id, 2000, new byte[2000], total: 7000),
                Peer.Chunk(id, 5000, new byte[2000]),
                Peer.Chunk(id, 2000, new byte[2000], last: true),
                Peer.Chunk(id, 2000, new byte[2000], last: true, total: 6000),
            ];
            foreach (var frame in frames)
            {
                await peer.SendAsync(frame);
                Check(await ErrorAsync(peer), ErrorCode.SizeConflict, ErrorScope.Message, id);
            }

            await peer.SendAsync(Peer.Chunk(id, 2000, new byte[4000], last: true, total: 6000));
            Assert.Equal(6000, (await peer.OutcomeAsync(id)).Size);
        });

    [Fact]
    public Task DATA_CONFLICT_leaves_the_first_bytes()
        => AfterAsync(async peer =>
        {
            var id = Peer.NewId();
            await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
            await peer.ReceiveAsync<AckMessage>(ack => ack.Id == id && ack.Durable == 2000);
            await peer.SendAsync(Peer.Chunk(id, 500, Enumerable.Repeat((byte)1, 1500).ToArray()));
            Check(await ErrorAsync(peer), ErrorCode.DataConflict, ErrorScope.Message, id);
            await peer.SendAsync(Peer.Chunk(id, 2000, new byte[100], last: true));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(new byte[2100])), (await peer.OutcomeAsync(id)).Sha256);
        });

    [Fact]
    public Task OPEN_CONFLICT_for_another_open_of_the_same_id()
        => AfterAsync(async peer =>
        {
            var id = Peer.NewId();
            var open = new OpenMessage { Id = id, Size = 3, Channel = "one" };
            await peer.SendAsync(open);
            await peer.ReceiveAsync<AckMessage>(ack => ack.Id == id);
            await peer.SendAsync(open with { Channel = "two" });
            Check(await ErrorAsync(peer), ErrorCode.OpenConflict, ErrorScope.Message, id);
            await peer.SendAsync(open);
            await peer.SendAsync(Peer.Chunk(id, 0, [1, 2, 3], last: true));
            Assert.Equal(OutcomeState.Committed, (await peer.OutcomeAsync(id)).State);
        });

    [Fact]
    public Task DIGEST_MISMATCH_rejects()
        => AfterAsync(async peer =>
        {
            var id = Peer.NewId();
            await peer.SendAsync(new OpenMessage { Id = id, Sha256 = new string('0', 64) });
            await peer.SendAsync(Peer.Chunk(id, 0, [1, 2, 3], last: true));
            CheckRejected(await peer.OutcomeAsync(id), ErrorCode.DigestMismatch);
            using var http = new HttpClient { BaseAddress = server.Process.Http };
            Assert.False((await http.GetAsync($"/messages/{id}")).IsSuccessStatusCode);
        });

    [Theory]
    [InlineData("status")]
    [InlineData("abort")]
    [InlineData("delivered")]
    [InlineData("retry")]
    public Task UNKNOWN_MESSAGE_for_an_id_that_is_not_known(string type)
        => AfterAsync(async peer =>
        {
            await peer.SendTextAsync($$"""{"type":"{{type}}","id":"{{Id}}"}""");
            Assert.True(MessageId.TryParse(Id, out var id));
            Check(await ErrorAsync(peer), ErrorCode.UnknownMessage, ErrorScope.Message, id);
        });

    [Fact]
    public async Task NOT_DURABLE_while_the_folder_cannot_be_used_and_service_once_it_can()
    {
        await using var broken = new ServerProcess();
        await File.WriteAllTextAsync(broken.DataFolder, "a file where the folder should be");
        await broken.StartAsync();
        using var peer = await Peer.ConnectAsync(broken.Ws);
        var id = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000], last: true));
        var error = await ErrorAsync(peer);
        Check(error, ErrorCode.NotDurable, ErrorScope.Message, id, retryable: true);
        Assert.InRange(error.RetryAfterMs ?? 0, 1, 60_000);
        using var http = new HttpClient { BaseAddress = broken.Http };
        var ready = await http.GetAsync("/health/ready");
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains(broken.DataFolder, await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        File.Delete(broken.DataFolder);
        await Eventually.TrueAsync(async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode, "the store is back in service");
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000], last: true));
        Assert.Equal(OutcomeState.Committed, (await peer.OutcomeAsync(id)).State);
        await peer.CommitHonestAsync();
    }

    [Fact]
    public Task A_longer_header_and_an_empty_message_are_no_errors()
        => AfterAsync(async peer =>
        {
            var id = Peer.NewId();
            await peer.SendAsync(Peer.Chunk(id, 0, [], last: true));
            Assert.Equal((OutcomeState.Committed, 0L), (await peer.OutcomeAsync(id)) is var empty ? (empty.State, empty.Size!.Value) : default);

            var longer = Peer.NewId();
            byte[] payload = [1, 2, 3];
            var frame = Peer.Chunk(longer, 0, payload, last: true);
            frame[3] = 13;
            byte[] extended = [.. frame[..44], 0, 0, 0, 0, 9, 9, 9, 9, .. payload];
            BinaryPrimitives.WriteUInt32BigEndian(extended.AsSpan(44), Protocol.Integrity.Crc32C.Append(Protocol.Integrity.Crc32C.Compute(extended.AsSpan(0, 44)), payload));
            await peer.SendAsync(extended);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), (await peer.OutcomeAsync(longer)).Sha256);
        });

    /// <summary>What is wrong, then what is right, over the one connection.</summary>
    private async Task AfterAsync(Func<Peer, Task> wrong)
    {
        using var peer = await Peer.ConnectAsync(server.Process.Ws);
        await wrong(peer);
        await peer.CommitHonestAsync();
    }

    private static Task<ErrorMessage> ErrorAsync(Peer peer) => peer.ReceiveAsync<ErrorMessage>();

    private static void Check(ErrorMessage error, ErrorCode code, ErrorScope scope, MessageId? id = null, bool retryable = false)
    {
        Assert.Equal((code, scope, retryable), (error.Code, error.Scope, error.Retryable));
        Assert.NotEqual(ErrorScope.Connection, error.Scope);
        Assert.NotEmpty(error.Message);
        Assert.True(id is null || error.Id == id, $"{error} names another message than {id}");
    }

    private static void CheckRejected(OutcomeMessage outcome, ErrorCode code)
    {
        Assert.Equal((OutcomeState.Rejected, code), (outcome.State, outcome.Error?.Code));
        Assert.NotEmpty(outcome.Error!.Message);
    }

    /// <summary>A good frame with its header changed, and a checksum that fits the change.</summary>
    private static byte[] Changed(Action<byte[]> change)
    {
        var frame = Peer.Chunk(Peer.NewId(), 0, Encoding.ASCII.GetBytes(new string('x', 2000)));
        change(frame);
        var crc = Protocol.Integrity.Crc32C.Append(Protocol.Integrity.Crc32C.Compute(frame.AsSpan(0, 44)), frame.AsSpan(ChunkHeader.Size));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(44), crc);
        return frame;
    }
}
