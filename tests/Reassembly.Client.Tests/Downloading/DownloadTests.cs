using Reassembly.Client.Downloading;
using Reassembly.Client.Errors;
using Reassembly.Client.Sending;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol;

namespace Reassembly.Client.Tests.Downloading;

public sealed class DownloadTests
{
    [Theory]
    [InlineData("ws://host:8080/ws", "http://host:8080/messages/")]
    [InlineData("wss://host/base/ws?x=1", "https://host/base/messages/")]
    public void The_payload_lies_beside_the_socket(string endpoint, string start)
        => Assert.Equal(start + default(MessageId), PayloadAddress.Of(new Uri(endpoint), default).ToString());

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(700_000)]
    public async Task A_payload_comes_back_whole_even_when_the_answer_breaks_off(long cutAfter)
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        var payload = TestPayload.Bytes(2_000_000);
        var sent = await client.SendAsync(payload.AsMemory(), new SendOptions { ContentType = "text/plain" });
        server.Script.CutDownloadAfter = cutAfter;

        using var destination = new MemoryStream();
        var fetched = await client.GetAsync(sent.Id, destination);

        Assert.Equal(payload, destination.ToArray());
        Assert.Equal((sent.Sha256, 2_000_000L, "text/plain"), (fetched.Sha256, fetched.Size, fetched.ContentType));
    }

    [Fact]
    public async Task Changed_bytes_are_noticed()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        var sent = await client.SendAsync(new byte[100]);
        var message = server.Store.Messages[sent.Id];
        message.Outcome = message.Outcome! with { Sha256 = new string('0', 64) };

        await Assert.ThrowsAsync<PayloadMismatchException>(() => client.GetAsync(sent.Id, new MemoryStream()));
        await Assert.ThrowsAsync<UnknownMessageException>(() => client.GetAsync(default, new MemoryStream()));
    }

    [Fact]
    public async Task Decompression_stops_at_its_cap()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.Servers(server);
        var sent = await client.SendAsync(new byte[1_000_000], new SendOptions { Compression = PayloadCompression.Brotli });

        await Assert.ThrowsAsync<ReassemblyException>(
            () => client.GetAsync(sent.Id, new MemoryStream(), new DownloadOptions { MaxDecompressedBytes = 999_999 }));
        using var raw = new MemoryStream();
        var fetched = await client.GetAsync(sent.Id, raw, new DownloadOptions { Decompress = false });
        Assert.Equal((sent.Size, sent.Size), (fetched.Size, raw.Length));
    }
}
