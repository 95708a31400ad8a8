using System.IO.Pipelines;
using System.Security.Cryptography;
using Reassembly.Client.Errors;
using Reassembly.Client.Sending;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Tests.Sending;

public sealed class SendingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(65_488)]
    [InlineData(65_489)]
    [InlineData(65_488 * 3)]
    [InlineData(20_000_000)]
    public async Task A_payload_of_any_size_arrives_from_memory_seekable_and_once_only_streams(int size)
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        var payload = TestPayload.Bytes(size);

        SendResult[] results =
        [
            await client.SendAsync(payload.AsMemory()),
            await client.SendAsync(new MemoryStream(payload)),
            await client.SendAsync(new OnceStream(payload, size)),
            await client.SendAsync(PipeReader.Create(new OnceStream(payload, size))),
        ];

        Assert.Empty(server.Store.Violations);
        foreach (var result in results)
        {
            var stored = server.Store.Messages[result.Id];
            Assert.Equal(payload, stored.Bytes);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), result.Sha256);
            Assert.Equal((size, size, 0L), (result.Size, result.BytesSent, result.BytesResent));
        }

        foreach (var message in server.Store.Chunks.GroupBy(chunk => chunk.Id))
        {
            Assert.True(message.Last().IsLast);
            Assert.Equal(Enumerable.Range(0, message.Count()), message.Select(chunk => (int)chunk.Sequence));
        }
    }

    [Fact]
    public async Task What_a_message_is_reaches_the_server_before_its_bytes()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        var headers = new Dictionary<string, string> { ["a"] = "1" };

        var result = await client.SendAsync(
            new byte[5000],
            new SendOptions { Channel = "invoices", ContentType = "application/pdf", Headers = headers, TimeToLive = TimeSpan.FromSeconds(90.5) });

        var open = server.Store.Messages[result.Id].Open!;
        Assert.Equal(("invoices", "application/pdf", 91L, 5000L), (open.Channel, open.ContentType, open.TtlSeconds, open.Size));
        Assert.Equal("1", open.Headers!["a"]);
        Assert.Equal(7, result.Id.Value.Version);
        var hello = Assert.IsType<HelloMessage>(server.Store.Said.First());
        Assert.Equal(65_536, hello.ReceiveFrameBytes);
    }

    [Theory]
    [InlineData(ErrorCode.CrcMismatch)]
    [InlineData(ErrorCode.NotDurable)]
    [InlineData(ErrorCode.Overloaded)]
    public async Task Chunks_that_are_refused_for_now_are_sent_again(ErrorCode code)
    {
        var refusals = 0;
        var script = new Script { RefuseChunk = header => header.Sequence % 7 == 3 && refusals++ < 10 ? code : null };
        await using var server = await ScriptedServer.StartAsync(script);
        await using var client = await ClientFor.Servers(server);
        var payload = TestPayload.Bytes(5_000_000);

        var result = await client.SendAsync(payload.AsMemory());

        Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        Assert.True(refusals > 1);
        Assert.True(result.BytesResent > 0);
        Assert.Empty(server.Store.Violations);
    }

    [Fact]
    public async Task An_open_that_is_refused_for_now_is_said_again_even_when_its_chunks_were_taken()
    {
        var refusals = 0;
        var script = new Script { RefuseOpen = () => refusals++ < 2 ? ErrorCode.TooManyOpen : null };
        await using var server = await ScriptedServer.StartAsync(script);
        await using var client = await ClientFor.Servers(server);

        // Never complete before the client has heard of the refusal: otherwise nothing is left to be opened.
        script.RefuseChunk = header => header.IsLast && server.Store.Messages.Values.All(message => message.Open is null) ? ErrorCode.NotDurable : null;
        var result = await client.SendAsync(TestPayload.Bytes(300_000).AsMemory(), new SendOptions { Channel = "late" });

        Assert.Equal("late", server.Store.Messages[result.Id].Open!.Channel);
    }

    [Fact]
    public async Task Acks_that_are_lost_are_asked_for()
    {
        var script = new Script { SendAck = _ => false, WindowBytes = 200_000 };
        await using var server = await ScriptedServer.StartAsync(script);
        await using var client = await ClientFor.With(ClientFor.Options with { AckTimeout = TimeSpan.FromSeconds(1) }, server);
        var payload = TestPayload.Bytes(700_000);

        var result = await client.SendAsync(payload.AsMemory());

        Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        Assert.Equal(0, result.BytesResent);
        Assert.Contains(server.Store.Said, said => said is StatusMessage);
        Assert.Empty(server.Store.Violations);
    }

    [Fact]
    public async Task Credit_that_comes_in_crumbs_is_never_passed()
    {
        var script = new Script { WindowBytes = 10_000, Credit = durable => Math.Max(10_000, durable + 1500) };
        await using var server = await ScriptedServer.StartAsync(script);
        await using var client = await ClientFor.Servers(server);
        var payload = TestPayload.Bytes(100_000);

        var result = await client.SendAsync(new OnceStream(payload, 1));

        Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        Assert.Empty(server.Store.Violations);
    }

    [Fact]
    public async Task Withheld_credit_ends_in_giving_up_with_nothing_sent_beyond_it()
    {
        var script = new Script { WindowBytes = 100_000, Credit = _ => 100_000 };
        await using var server = await ScriptedServer.StartAsync(script);
        await using var client = await ClientFor.With(ClientFor.Options with { AckTimeout = TimeSpan.FromSeconds(1), GiveUpAfter = TimeSpan.FromSeconds(4) }, server);

        await Assert.ThrowsAsync<NoProgressException>(() => client.SendAsync(new byte[300_000]));

        Assert.Empty(server.Store.Violations);
        Assert.Equal(100_000, server.Store.Messages.Values.Single().Durable);
    }

    [Fact]
    public async Task A_refusal_for_good_carries_its_code_and_limit()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { RefuseChunk = _ => ErrorCode.MessageTooBig });
        await using var client = await ClientFor.Servers(server);

        var exception = await Assert.ThrowsAsync<MessageRejectedException>(() => client.SendAsync(new byte[100]));

        Assert.Equal(ErrorCode.MessageTooBig, exception.Code);
        Assert.Equal(("messageBytes", 10L, 20L, "edge"), (exception.Limit!.Name, exception.Limit.Max, exception.Limit.Actual, exception.Limit.Hop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancelled_send_aborts_its_message_and_leaves_the_others(bool choosesId)
    {
        // With an id of its own a send begins with a question, to which the answer is that the message is unknown.
        var options = choosesId ? new SendOptions { Id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow()) } : null;
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        using var cancellation = new CancellationTokenSource();
        var progress = new ProgressLog(_ => cancellation.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.SendAsync(new byte[20_000_000], options, progress, cancellation.Token));

        var message = server.Store.Messages.Values.Single();
        Assert.Equal(OutcomeState.Aborted, message.Outcome!.State);
        Assert.Contains(server.Store.Said, said => said is AbortMessage abort && abort.Id == message.Id);
        Assert.InRange(message.Durable, 1, 19_000_000);
        Assert.Equal(100, (await client.SendAsync(new byte[100])).Size);
    }

    [Fact]
    public async Task Other_bytes_under_the_same_id_are_told_from_these()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        var options = new SendOptions { Id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow()) };
        var payload = TestPayload.Bytes(5000);
        await client.SendAsync(payload.AsMemory(), options);

        var again = await client.SendAsync(payload.AsMemory(), options);
        Assert.Equal(0, again.BytesSent);
        again = await client.SendAsync(new OnceStream(payload, 3), options);
        Assert.Equal(5000, again.Size);
        payload[4000] ^= 1;
        await Assert.ThrowsAsync<PayloadMismatchException>(() => client.SendAsync(payload.AsMemory(), options));
        await Assert.ThrowsAsync<PayloadMismatchException>(() => client.SendAsync(new OnceStream(payload[..4000], 3), options));
        await Assert.ThrowsAsync<PayloadMismatchException>(() => client.SendAsync(new OnceStream([.. payload, 1], 3), options));
    }

    [Theory]
    [InlineData(PayloadCompression.Gzip, "gzip")]
    [InlineData(PayloadCompression.Brotli, "br")]
    public async Task Compressed_payloads_come_back_as_they_were(PayloadCompression compression, string encoding)
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        var payload = new byte[3_000_000];
        TestPayload.Bytes(700_000).CopyTo(payload, 1_000_000);

        var result = await client.SendAsync(payload.AsMemory(), new SendOptions { Compression = compression });

        Assert.InRange(result.Size, 600_000, 1_000_000);
        Assert.Equal(encoding, server.Store.Messages[result.Id].Open!.ContentEncoding);
        using var fetched = new MemoryStream();
        await client.GetAsync(result.Id, fetched);
        Assert.Equal(payload, fetched.ToArray());
    }

    [Fact]
    public async Task A_source_that_fails_fails_the_send()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[1000]);
        await pipe.Writer.CompleteAsync(new InvalidOperationException("the disk burns"));

        var exception = await Assert.ThrowsAsync<IOException>(() => client.SendAsync(pipe.Reader));

        Assert.Contains("the disk burns", exception.Message, StringComparison.Ordinal);
    }
}
