using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Reassembly.Core.Storage;
using Reassembly.Edge.Tests.Hosting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Tests;

public sealed class HttpTests
{
    private static readonly byte[] Payload = RandomNumberGenerator.GetBytes(100_000);

    [Fact]
    public async Task A_payload_has_its_type_its_digest_as_etag_and_headers_that_keep_browsers_from_running_it()
    {
        await using var host = await EdgeHost.StartAsync();
        var id = await CommitAsync(host, new OpenMessage { Id = Peer.NewId(), ContentType = "application/pdf", ContentEncoding = "br" });
        using var http = host.Client();
        using var response = await http.GetAsync(PathOf(id));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/pdf", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(["br"], response.Content.Headers.ContentEncoding);
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(Payload))}\"", response.Headers.ETag?.Tag);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("sandbox", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal(Payload, await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(0, 9, 0, 10)]
    [InlineData(99_990, null, 99_990, 10)]
    [InlineData(null, 5, 99_995, 5)]
    [InlineData(1000, 65_999, 1000, 65_000)]
    public async Task A_range_is_a_part_of_the_payload(int? from, int? to, int offset, int length)
    {
        await using var host = await EdgeHost.StartAsync();
        var id = await CommitAsync(host);
        using var http = host.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, PathOf(id));
        request.Headers.Range = new RangeHeaderValue(from, to);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(Payload[offset..(offset + length)], await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Preconditions_go_by_the_digest()
    {
        await using var host = await EdgeHost.StartAsync();
        var id = await CommitAsync(host);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Payload))}\"");
        using var http = host.Client();

        using var same = new HttpRequestMessage(HttpMethod.Get, PathOf(id));
        same.Headers.IfNoneMatch.Add(tag);
        using var notModified = await http.SendAsync(same);
        Assert.Equal(HttpStatusCode.NotModified, notModified.StatusCode);

        using var resumed = new HttpRequestMessage(HttpMethod.Get, PathOf(id));
        resumed.Headers.Range = new RangeHeaderValue(10, 19);
        resumed.Headers.IfRange = new RangeConditionHeaderValue("\"another\"");
        using var whole = await http.SendAsync(resumed);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);

        using var beyond = new HttpRequestMessage(HttpMethod.Get, PathOf(id));
        beyond.Headers.Range = new RangeHeaderValue(200_000, null);
        using var refused = await http.SendAsync(beyond);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, refused.StatusCode);
    }

    [Fact]
    public async Task Head_tells_the_size_without_the_bytes()
    {
        await using var host = await EdgeHost.StartAsync();
        var id = await CommitAsync(host, new OpenMessage { Id = Peer.NewId(), ContentType = "not a type\u00e4" });
        using var http = host.Client();
        using var request = new HttpRequestMessage(HttpMethod.Head, PathOf(id));
        using var response = await http.SendAsync(request);
        Assert.Equal(Payload.Length, response.Content.Headers.ContentLength);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.ToString());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task What_is_not_committed_says_what_it_is()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        using var http = host.Client();
        var id = Peer.NewId();
        Assert.Equal((HttpStatusCode.NotFound, "error"), await GetAsync(http, PathOf(id)));
        Assert.Equal((HttpStatusCode.NotFound, "error"), await GetAsync(http, StatusOf(id)));

        await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
        await peer.ReceiveAsync<AckMessage>();
        Assert.Equal((HttpStatusCode.Conflict, "ack"), await GetAsync(http, PathOf(id)));
        Assert.Equal((HttpStatusCode.OK, "ack"), await GetAsync(http, StatusOf(id)));

        await peer.SendAsync(new AbortMessage { Id = id });
        await peer.ReceiveAsync<OutcomeMessage>();
        Assert.Equal((HttpStatusCode.Gone, "outcome"), await GetAsync(http, PathOf(id)));
        Assert.Equal((HttpStatusCode.OK, "outcome"), await GetAsync(http, StatusOf(id)));

        using var bad = await http.GetAsync(new Uri("/messages/ABC", UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    [Fact]
    public async Task Limits_are_those_of_welcome_with_the_setting_that_each_comes_from()
    {
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?> { ["Reassembly:Limits:FrameBytes"] = "32768" });
        using var peer = await Peer.ConnectAsync(host);
        using var http = host.Client();
        using var json = JsonDocument.Parse(await http.GetStringAsync(new Uri("/limits", UriKind.Relative)));
        Assert.Equal(peer.Welcome.Limits, json.RootElement.GetProperty("limits").Deserialize<ProtocolLimits>(JsonSerializerOptions.Web));
        var settings = json.RootElement.GetProperty("settings");
        Assert.Equal("Reassembly:Limits:FrameBytes", settings.GetProperty("frameBytes").GetProperty("setting").GetString());
        Assert.Equal("Memory", settings.GetProperty("frameBytes").GetProperty("source").GetString());
        Assert.Equal("default", settings.GetProperty("idleSeconds").GetProperty("source").GetString());
    }

    [Fact]
    public async Task Readiness_is_that_of_the_store()
    {
        var health = new SwitchedHealth();
        await using var host = await EdgeHost.StartAsync(configure: builder => builder.Services.AddSingleton<IStoreHealth>(health));
        using var http = host.Client();
        Assert.Equal(HttpStatusCode.OK, await StatusOfAsync(http, "/health/ready"));
        health.Fault = "the disk is full";
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusOfAsync(http, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await StatusOfAsync(http, "/health/live"));
    }

    private static async Task<MessageId> CommitAsync(EdgeHost host, OpenMessage? open = null)
    {
        using var peer = await Peer.ConnectAsync(host);
        open ??= new OpenMessage { Id = Peer.NewId() };
        await peer.SendAsync(open);
        await peer.SendAsync(Peer.Chunk(open.Id, 0, Payload.AsSpan(0, 50_000)));
        await peer.SendAsync(Peer.Chunk(open.Id, 50_000, Payload.AsSpan(50_000), last: true));
        await peer.ReceiveUntilAsync<OutcomeMessage>();
        return open.Id;
    }

    private static async Task<(HttpStatusCode Code, string? Type)> GetAsync(HttpClient http, Uri path)
    {
        using var response = await http.GetAsync(path);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (response.StatusCode, json.RootElement.GetProperty("type").GetString());
    }

    private static async Task<HttpStatusCode> StatusOfAsync(HttpClient http, string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }

    private static Uri PathOf(MessageId id) => new($"/messages/{id}", UriKind.Relative);

    private static Uri StatusOf(MessageId id) => new($"/messages/{id}/status", UriKind.Relative);

    private sealed class SwitchedHealth : IStoreHealth
    {
        public string? Fault { get; set; }

        public DateTimeOffset? InServiceSince => null;
    }
}
