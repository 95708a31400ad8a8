using System.Net;
using Reassembly.Webhooks.Connections;
using Reassembly.Webhooks.Settings;
using Reassembly.Webhooks.Tests.Hosting;

namespace Reassembly.Webhooks.Tests;

/// <summary>A webhook's host is where it is meant to be, or is not connected to.</summary>
public sealed class AddressTests
{
    [Theory]
    [InlineData("0.0.0.0", "an unspecified")]
    [InlineData("0.1.2.3", "an unspecified")]
    [InlineData("10.0.0.0", "a private")]
    [InlineData("10.255.255.255", "a private")]
    [InlineData("100.64.0.0", "a shared (CGNAT)")]
    [InlineData("100.100.100.200", "a shared (CGNAT)")]
    [InlineData("100.127.255.255", "a shared (CGNAT)")]
    [InlineData("127.0.0.1", "a loopback")]
    [InlineData("127.255.255.254", "a loopback")]
    [InlineData("168.63.129.16", "a cloud host's")]
    [InlineData("169.254.169.254", "a link-local")]
    [InlineData("172.16.0.0", "a private")]
    [InlineData("172.31.255.255", "a private")]
    [InlineData("192.0.0.192", "a reserved")]
    [InlineData("192.0.2.1", "a documentation")]
    [InlineData("192.88.99.1", "a reserved")]
    [InlineData("192.168.255.1", "a private")]
    [InlineData("198.18.0.1", "a benchmark")]
    [InlineData("198.19.255.255", "a benchmark")]
    [InlineData("198.51.100.7", "a documentation")]
    [InlineData("203.0.113.7", "a documentation")]
    [InlineData("224.0.0.1", "a multicast")]
    [InlineData("239.255.255.250", "a multicast")]
    [InlineData("240.0.0.1", "a reserved")]
    [InlineData("255.255.255.255", "a broadcast")]
    [InlineData("::", "an unspecified")]
    [InlineData("::1", "a loopback")]
    [InlineData("fe80::1", "a link-local")]
    [InlineData("fe80::1%1", "a link-local")]
    [InlineData("febf::1", "a link-local")]
    [InlineData("fec0::1", "a private")]
    [InlineData("fc00::1", "a private")]
    [InlineData("fd00:ec2::254", "a private")]
    [InlineData("ff02::1", "a multicast")]
    [InlineData("100::1", "a reserved")]
    [InlineData("2001:db8::1", "a documentation")]
    [InlineData("3fff::1", "a documentation")]
    [InlineData("2001:2::1", "a benchmark")]
    [InlineData("5f00::1", "a reserved")]
    [InlineData("4000::1", "a reserved")]
    // IPv4 within IPv6: mapped, compatible, stateless translated, NAT64 (well-known and local), 6to4, Teredo.
    [InlineData("::ffff:127.0.0.1", "a loopback")]
    [InlineData("::ffff:169.254.169.254", "a link-local")]
    [InlineData("::127.0.0.1", "a reserved")]
    [InlineData("::8.8.8.8", "a reserved")]
    [InlineData("::ffff:0:10.0.0.1", "a reserved")]
    [InlineData("64:ff9b::10.0.0.1", "a private")]
    [InlineData("64:ff9b::169.254.169.254", "a link-local")]
    [InlineData("64:ff9b:1::8.8.8.8", "a reserved")]
    [InlineData("2002:7f00:1::1", "a loopback")]
    [InlineData("2002:c0a8:1::1", "a private")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a reserved")]
    [InlineData("2001:0:a00:1:0:0:f5ff:fffe", "a reserved")]
    public void What_is_not_public_is_known(string address, string kind) => Assert.Equal(kind, AddressKinds.Find(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.1")]
    [InlineData("169.253.255.255")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001:830::200e")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2002:808:808::1")]
    public void What_is_public_is_known(string address) => Assert.Null(AddressKinds.Find(IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("fd00::1")]
    [InlineData("::ffff:192.168.0.1")]
    public void Private_addresses_are_allowed_where_that_is_set(string address)
    {
        Assert.NotNull(new AddressRule(AllowsPrivate: false, IsEncrypted: true).ObjectionTo(IPAddress.Parse(address)));
        Assert.Null(new AddressRule(AllowsPrivate: true, IsEncrypted: true).ObjectionTo(IPAddress.Parse(address)));
        Assert.Null(new AddressRule(AllowsPrivate: true, IsEncrypted: false).ObjectionTo(IPAddress.Parse(address)));
    }

    [Fact]
    public async Task A_host_name_at_a_loopback_address_is_refused_and_the_receiver_hears_nothing()
    {
        var connections = 0;
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            Interlocked.Increment(ref connections);
            await Taken.ReadAsync(context);
        });
        using (var refusing = Payloads.Sink($"https://localhost:{receiver.Port}/", allowPrivate: false))
        {
            var refusal = await refusing.RefusedAsync(Payloads.Of());
            Assert.Matches("^localhost is at (127.0.0.1|::1), a loopback address, and AllowPrivateAddresses is not set$", refusal.Message);
            Assert.False(refusal.IsFinal);
            Assert.Equal(0, connections);
        }

        using var allowing = Payloads.Sink($"http://localhost:{receiver.Port}/");
        await allowing.DeliverAsync(Payloads.Of(), CancellationToken.None);
        Assert.Equal(1, connections);
    }

    [Theory]
    [InlineData("93.184.215.14 127.0.0.1", "127.0.0.1, a loopback")]
    [InlineData("2606:4700:4700::1111 ::ffff:10.1.2.3", "::ffff:10.1.2.3, a private")]
    public async Task One_private_address_among_public_ones_refuses_the_host(string addresses, string named)
    {
        using var sink = Sink("https://hooks.example/", allowPrivate: false, [.. addresses.Split(' ').Select(IPAddress.Parse)]);
        Assert.StartsWith($"hooks.example is at {named}", (await sink.RefusedAsync(Payloads.Of())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_http_stays_in_private_networks()
    {
        using var sink = Sink("http://hooks.example/", allowPrivate: true, IPAddress.Parse("93.184.215.14"));
        Assert.Equal("hooks.example is at 93.184.215.14, a public address, and plain http is for private addresses only", (await sink.RefusedAsync(Payloads.Of())).Message);
    }

    [Fact]
    public async Task The_address_that_was_looked_at_is_the_one_connected_to()
    {
        await using var receiver = await Receiver.StartAsync(200);
        var asked = new List<string>();
        using var sink = new WebhookSink(Payloads.Channel, Options($"http://rebinding.invalid:{receiver.Port}/", allowPrivate: true), TimeProvider.System, (host, _) =>
        {
            asked.Add(host);
            return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
        });

        // Nothing but the answer above leads from this name to the receiver.
        await sink.DeliverAsync(Payloads.Of(), CancellationToken.None);
        Assert.Equal(["rebinding.invalid"], asked);
    }

    [Fact]
    public async Task The_next_address_is_tried_where_one_does_not_answer()
    {
        await using var receiver = await Receiver.StartAsync(200);
        using var sink = Sink($"http://hooks.example:{receiver.Port}/", allowPrivate: true, IPAddress.Parse("127.0.0.2"), IPAddress.Loopback);
        await sink.DeliverAsync(Payloads.Of(), CancellationToken.None);
    }

    [Fact]
    public async Task A_name_that_is_not_there_is_named()
    {
        using var sink = Payloads.Sink("https://nowhere.invalid/hook");
        Assert.Equal("nowhere.invalid has no address: its name was not resolved", (await sink.RefusedAsync(Payloads.Of())).Message);
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_not_used()
    {
        await using var proxy = await Receiver.StartAsync(500);
        await using var receiver = await Receiver.StartAsync(200);

        // What the environment says is read once for a process, and ends up here.
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy("127.0.0.1", proxy.Port);
        try
        {
            using var sink = Sink($"http://hooks.example:{receiver.Port}/", allowPrivate: true, IPAddress.Loopback);
            await sink.DeliverAsync(Payloads.Of(), CancellationToken.None);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    private static WebhookSink Sink(string url, bool allowPrivate, params IPAddress[] addresses)
        => new(Payloads.Channel, Options(url, allowPrivate), TimeProvider.System, (_, _) => Task.FromResult(addresses));

    private static WebhookOptions Options(string url, bool allowPrivate) => new() { Url = url, Secret = Payloads.Secret, AllowPrivateAddresses = allowPrivate };
}
