using System.Globalization;
using Reassembly.Webhooks.Tests.Hosting;

namespace Reassembly.Webhooks.Tests;

/// <summary>What a sender writes into its message stays within the headers that are its own.</summary>
public sealed class HeaderTests
{
    [Theory]
    [InlineData("trace", "abc 123", "reassembly-header-trace", "abc 123")]
    [InlineData("empty", "", "reassembly-header-empty", "")]
    [InlineData("text", "ä \" \\ 日本", "reassembly-header-text", "%C3%A4 \" \\ %E6%97%A5%E6%9C%AC")]
    [InlineData("percent", "100% %41", "reassembly-header-percent", "100%25 %2541")]
    [InlineData("spaces", "  a b ", "reassembly-header-spaces", "%20 a b%20")]
    [InlineData("split", "a\r\nset-cookie: b=c\r\n\r\nGET / HTTP/1.1", "reassembly-header-split", "a%0D%0Aset-cookie: b=c%0D%0A%0D%0AGET / HTTP/1.1")]
    [InlineData("zero", "a\0b\u007f\u0085\u2028", "reassembly-header-zero", "a%00b%7F%C2%85%E2%80%A8")]
    [InlineData("x\r\nwebhook-id: other\r\ny", "v", "reassembly-header-x%0d%0awebhook-id%3a%20other%0d%0ay", "v")]
    [InlineData("x: y", "v", "reassembly-header-x%3a%20y", "v")]
    [InlineData("ä%", "v", "reassembly-header-%c3%a4%25", "v")]
    [InlineData("Content-Length", "5", "reassembly-header-content-length", "5")]
    [InlineData("host", "evil.example", "reassembly-header-host", "evil.example")]
    public async Task Any_name_and_value_is_one_header_and_comes_back_by_percent_decoding(string name, string value, string header, string text)
    {
        var taken = await TakenAsync(new Dictionary<string, string> { [name] = value });
        var sent = Assert.Single(taken.HeadersWith("reassembly-header"));
        Assert.Equal((header, text), (sent.Key, sent.Value));
        Assert.Equal(value, Uri.UnescapeDataString(sent.Value));
        Assert.Equal(name.ToLowerInvariant(), Uri.UnescapeDataString(sent.Key["reassembly-header-".Length..]).ToLowerInvariant());
        Assert.False(taken.Headers.ContainsKey("set-cookie"));
        Assert.Equal(1000, taken.Headers.ContentLength);
        Assert.StartsWith("127.0.0.1", taken.Headers.Host.ToString(), StringComparison.Ordinal);
        Assert.Single(taken.Headers["webhook-id"]);
    }

    [Fact]
    public async Task What_has_no_place_is_counted()
    {
        var taken = await TakenAsync(new Dictionary<string, string> { ["Trace"] = "first", ["trace"] = "second", [""] = "nameless", ["big"] = new string('x', 5000) });
        Assert.Equal(
            new Dictionary<string, string> { ["reassembly-header-trace"] = "first", ["reassembly-headers-left-out"] = "3" },
            taken.HeadersWith("reassembly-header").OrderBy(header => header.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Many_headers_stay_within_what_servers_take()
    {
        var taken = await TakenAsync(Enumerable.Range(0, 1000).ToDictionary(number => $"name-{number:D4}", number => "値値値値"));
        var sent = taken.HeadersWith("reassembly-header-");
        Assert.InRange(sent.Sum(header => header.Key.Length + header.Value.Length + 4), 3000, 4096);
        Assert.Equal(1000 - sent.Count, int.Parse(taken.Headers["reassembly-headers-left-out"].ToString(), CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", "application/json; charset=utf-8")]
    [InlineData(null, "application/octet-stream")]
    [InlineData("", "application/octet-stream")]
    [InlineData("a picture", "application/octet-stream")]
    [InlineData("text/plain\r\nwebhook-id: other", "application/octet-stream")]
    [InlineData("text/plain; name=\"ä\"", "application/octet-stream")]
    public async Task A_content_type_is_one_or_is_not_sent(string? contentType, string sent)
    {
        Taken? taken = null;
        await using var receiver = await Receiver.StartAsync(async context => taken = await Taken.ReadAsync(context));
        using var sink = Payloads.Sink(receiver.Url);
        await sink.DeliverAsync(Payloads.Of(contentType: contentType), CancellationToken.None);
        Assert.Equal(sent, taken!.Headers.ContentType);
    }

    [Fact]
    public async Task Channel_and_tenant_are_encoded_like_values()
    {
        Taken? taken = null;
        await using var receiver = await Receiver.StartAsync(async context => taken = await Taken.ReadAsync(context));
        const string Channel = " Rechnungen für Österreich 100%\r\nx: y";
        using var sink = new WebhookSink(Channel, new() { Url = receiver.Url, Secret = Payloads.Secret, AllowPrivateAddresses = true }, TimeProvider.System);
        await sink.DeliverAsync(Payloads.Of(new GeneratedStore(10), 10, channel: Channel, tenant: "acme\nx"), CancellationToken.None);
        Assert.Equal(Channel, Uri.UnescapeDataString(taken!.Headers["reassembly-channel"].ToString()));
        Assert.Equal("acme%0Ax", taken.Headers["reassembly-tenant"]);
    }

    private static async Task<Taken> TakenAsync(IReadOnlyDictionary<string, string> headers)
    {
        Taken? taken = null;
        await using var receiver = await Receiver.StartAsync(async context => taken = await Taken.ReadAsync(context));
        using var sink = Payloads.Sink(receiver.Url);
        await sink.DeliverAsync(Payloads.Of(headers: headers), CancellationToken.None);
        return taken!;
    }
}
