using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Reassembly.Testing;
using Reassembly.Webhooks.Tests.Hosting;

namespace Reassembly.Webhooks.Tests;

/// <summary>What a receiver can do other than take a payload, and the sentence that an operator reads.</summary>
public sealed class RefusalTests
{
    private const string Where = "127.0.0.1:PORT";

    [Theory]
    [InlineData(500, null, null, Where + " answered 500")]
    [InlineData(404, null, null, Where + " answered 404")]
    [InlineData(304, null, null, Where + " answered 304")]
    [InlineData(302, "Location", "https://elsewhere.example/secret-path?secret-query", Where + " answered 302, a redirect to elsewhere.example, and redirects are not followed")]
    [InlineData(307, "Location", "/login?secret-query", Where + " answered 307, a redirect to another place on the same host, and redirects are not followed")]
    [InlineData(301, "Location", "file:///etc/passwd", Where + " answered 301, a redirect to something that is no web address, and redirects are not followed")]
    [InlineData(301, "Location", "http://169.254.169.254/latest/meta-data", Where + " answered 301, a redirect to 169.254.169.254, and redirects are not followed")]
    [InlineData(429, null, null, Where + " answered 429")]
    [InlineData(503, "Retry-After", "soon", Where + " answered 503")]
    public async Task A_status_is_a_failure_that_is_tried_again(int status, string? header, string? value, string sentence)
    {
        await using var receiver = await Receiver.StartAsync(status, header, value);
        using var sink = Payloads.Sink(receiver.Url);
        var refusal = await sink.RefusedAsync(Payloads.Of());
        Assert.Equal(sentence.Replace("PORT", $"{receiver.Port}", StringComparison.Ordinal), refusal.Message);
        Assert.Null(refusal.RetryAfter);
        Assert.False(refusal.IsFinal);
    }

    [Fact]
    public async Task Gone_is_final()
    {
        await using var receiver = await Receiver.StartAsync(410);
        using var sink = Payloads.Sink(receiver.Url);
        var refusal = await sink.RefusedAsync(Payloads.Of());
        Assert.True(refusal.IsFinal);
        Assert.Equal($"127.0.0.1:{receiver.Port} answered 410: it is gone for good", refusal.Message);
    }

    [Theory]
    [InlineData(429, "120", 120)]
    [InlineData(503, "0", 0)]
    [InlineData(503, "7200", 3600)]
    [InlineData(500, "120", null)]
    public async Task A_wait_in_seconds_is_honoured_up_to_an_hour(int status, string value, int? seconds)
    {
        await using var receiver = await Receiver.StartAsync(status, "Retry-After", value);
        using var sink = Payloads.Sink(receiver.Url);
        Assert.Equal(seconds, (await sink.RefusedAsync(Payloads.Of())).RetryAfter?.TotalSeconds);
    }

    [Theory]
    [InlineData(90, 90)]
    [InlineData(-90, 0)]
    [InlineData(1_000_000, 3600)]
    public async Task A_wait_until_a_date_is_honoured_up_to_an_hour(int seconds, int expected)
    {
        var time = new ManualTimeProvider();
        var date = time.GetUtcNow().AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture);
        await using var receiver = await Receiver.StartAsync(503, "Retry-After", date);
        using var sink = Payloads.Sink(receiver.Url, time: time);
        var refusal = await sink.RefusedAsync(Payloads.Of());
        Assert.Equal(expected, refusal.RetryAfter?.TotalSeconds);
        Assert.EndsWith($"answered 503 and asks to wait {expected} s", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_is_a_time_out()
    {
        var arrived = new TaskCompletionSource();
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        var time = new ManualTimeProvider();
        using var sink = Payloads.Sink(receiver.Url, timeoutSeconds: 45, time: time);
        var delivery = sink.RefusedAsync(Payloads.Of());
        await arrived.Task;
        time.Advance(TimeSpan.FromSeconds(44));
        Assert.False(delivery.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.EndsWith(" did not answer within 45 s", (await delivery).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_of_the_node_is_a_cancellation_and_no_failure_of_the_receiver()
    {
        var arrived = new TaskCompletionSource();
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using var sink = Payloads.Sink(receiver.Url);
        using var stopping = new CancellationTokenSource();
        var delivery = sink.DeliverAsync(Payloads.Of(), stopping.Token);
        await arrived.Task;
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery);
    }

    [Fact]
    public async Task A_closed_port_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var sink = Payloads.Sink($"http://127.0.0.1:{port}/");
        Assert.Equal($"127.0.0.1:{port} refused the connection", (await sink.RefusedAsync(Payloads.Of())).Message);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20 << 20)]
    public async Task A_cut_connection_is_a_failure(int size)
    {
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            await context.Request.Body.ReadExactlyAsync(new byte[500]);
            context.Abort();
        });
        using var sink = Payloads.Sink(receiver.Url);
        Assert.EndsWith(" cut the connection before it answered", (await sink.RefusedAsync(Payloads.Of(size))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nbroken\r\n\r\n")]
    public async Task What_is_not_HTTP_is_a_failure(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var peer = Task.Run(async () =>
        {
            using var connection = await listener.AcceptTcpClientAsync();
            await connection.GetStream().ReadAtLeastAsync(new byte[64 * 1024], 1100);
            await connection.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
        });
        using var sink = Payloads.Sink($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        Assert.StartsWith("what 127.0.0.1:", (await sink.RefusedAsync(Payloads.Of())).Message, StringComparison.Ordinal);
        await peer;
    }

    [Fact]
    public async Task A_receiver_without_TLS_is_a_failure_of_TLS()
    {
        await using var receiver = await Receiver.StartAsync(200);
        using var sink = Payloads.Sink($"https://127.0.0.1:{receiver.Port}/");
        Assert.StartsWith($"no TLS connection to 127.0.0.1:{receiver.Port} could be made: ", (await sink.RefusedAsync(Payloads.Of())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(410)]
    [InlineData(0)]
    public async Task No_failure_tells_the_secret_or_more_of_the_URL_than_the_host(int status)
    {
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.StatusCode = status;
            if (status == 0)
            {
                context.Abort();
            }
        });
        using var sink = Payloads.Sink(receiver.Url);
        var everything = (await sink.RefusedAsync(Payloads.Of())).ToString();
        Assert.DoesNotContain(Payloads.Secret["whsec_".Length..], everything, StringComparison.Ordinal);
        Assert.DoesNotContain("query-token", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("/take", everything, StringComparison.Ordinal);
    }
}
