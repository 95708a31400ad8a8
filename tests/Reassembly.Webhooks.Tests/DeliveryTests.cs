using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Reassembly.Core.Storage;
using Reassembly.Testing;
using Reassembly.Webhooks.Tests.Hosting;

namespace Reassembly.Webhooks.Tests;

public sealed class DeliveryTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task A_large_payload_arrives_whole_and_signed()
    {
        Taken? taken = null;
        await using var receiver = await Receiver.StartAsync(async context => taken = await Taken.ReadAsync(context));
        using var sink = Payloads.Sink(receiver.Url);
        var store = new GeneratedStore(20 * MiB);
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var payload = Payloads.Of(store, 20 * MiB, "application/pdf; name=\"a b\"", "gzip", attempt: 3);
        await sink.DeliverAsync(payload, CancellationToken.None);

        Assert.NotNull(taken);
        Assert.Equal(20 * MiB, taken.Size);
        Assert.Equal(store.Sha256(), taken.Sha256);
        Assert.Equal("POST", taken.Method);
        Assert.Equal("/take?token=query-token", taken.PathAndQuery);
        Assert.Equal(20 * MiB, taken.Headers.ContentLength);
        Assert.Equal("application/pdf; name=\"a b\"", taken.Headers.ContentType);
        Assert.Equal("gzip", taken.Headers.ContentEncoding);
        Assert.Equal(payload.Id.ToString(), taken.Headers["webhook-id"]);
        Assert.Equal("invoices", taken.Headers["reassembly-channel"]);
        Assert.Equal("20971520", taken.Headers["reassembly-size"]);
        Assert.Equal(store.Sha256(), taken.Headers["reassembly-sha256"]);
        Assert.Equal("3", taken.Headers["reassembly-attempt"]);
        Assert.False(taken.Headers.ContainsKey("reassembly-tenant"));
        var timestamp = taken.Headers["webhook-timestamp"].ToString();
        Assert.InRange(long.Parse(timestamp, CultureInfo.InvariantCulture), before, before + 60);
        Assert.Equal(Signature(Payloads.Secret, $"{payload.Id}.{timestamp}.{taken.Sha256}"), taken.Headers["webhook-signature"]);
    }

    [Fact]
    public async Task Each_of_two_secrets_signs()
    {
        Taken? taken = null;
        await using var receiver = await Receiver.StartAsync(async context => taken = await Taken.ReadAsync(context));
        using var sink = Payloads.Sink(receiver.Url, $"{Payloads.Secret} {Payloads.OtherSecret}\n");
        await sink.DeliverAsync(Payloads.Of(), CancellationToken.None);
        var signed = $"{taken!.Headers["webhook-id"]}.{taken.Headers["webhook-timestamp"]}.{taken.Sha256}";
        Assert.Equal($"{Signature(Payloads.Secret, signed)} {Signature(Payloads.OtherSecret, signed)}", taken.Headers["webhook-signature"]);
    }

    [Fact]
    public async Task A_slow_receiver_holds_the_store_back_and_costs_no_memory()
    {
        const long Size = 256 * MiB;
        var store = new GeneratedStore(Size);
        var (most, furthest, next) = (0L, 0L, 0L);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Taken? taken = null;
        await using var receiver = await Receiver.StartAsync(async context => taken = await Taken.ReadAsync(context, async read =>
        {
            if (read >= next)
            {
                next += 16 * MiB;
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
                furthest = Math.Max(furthest, store.BytesRead - read);
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
            }
        }));
        using var sink = Payloads.Sink(receiver.Url, timeoutSeconds: 300);
        await sink.DeliverAsync(Payloads.Of(store, Size), CancellationToken.None);

        Assert.Equal(store.Sha256(), taken!.Sha256);
        Assert.InRange(most - before, long.MinValue, 16 * MiB);

        // What is between them lies in the sockets' buffers.
        Assert.InRange(furthest, 1, 32 * MiB);
    }

    [Fact]
    public async Task An_empty_payload_is_a_request_without_a_body()
    {
        Taken? taken = null;
        await using var receiver = await Receiver.StartAsync(async context => taken = await Taken.ReadAsync(context));
        using var sink = Payloads.Sink(receiver.Url);
        await sink.DeliverAsync(Payloads.Of(size: 0), CancellationToken.None);
        Assert.Equal(0, taken!.Headers.ContentLength);
        Assert.Equal("application/octet-stream", taken.Headers.ContentType);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([])), taken.Headers["reassembly-sha256"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(3 * MiB)]
    public async Task Bytes_with_another_digest_never_arrive_whole(long size)
    {
        var whole = false;
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            await Taken.ReadAsync(context);
            whole = true;
        });
        using var sink = Payloads.Sink(receiver.Url);
        var payload = Payloads.Of(new GeneratedStore(size), size, sha256: new string('0', 64));
        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => sink.DeliverAsync(payload, CancellationToken.None));
        Assert.Contains(payload.Id.ToString(), fault.Message, StringComparison.Ordinal);
        Assert.False(whole && size > 0);
    }

    [Fact]
    public async Task A_store_that_fails_midway_is_not_taken_for_the_receiver()
    {
        await using var receiver = await Receiver.StartAsync(200);
        using var sink = Payloads.Sink(receiver.Url);
        var store = new GeneratedStore(3 * MiB) { Fault = (2 * MiB, new StoreException("the disk is gone")) };
        var fault = await Assert.ThrowsAsync<StoreException>(() => sink.DeliverAsync(Payloads.Of(store, 3 * MiB), CancellationToken.None));
        Assert.Equal("the disk is gone", fault.Message);
    }

    [Fact]
    public async Task A_receiver_that_refuses_at_once_is_not_sent_the_payload()
    {
        await using var receiver = await Receiver.StartAsync(context =>
        {
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        using var sink = Payloads.Sink(receiver.Url);
        for (var round = 0; round < 10; round++)
        {
            var store = new GeneratedStore(20 * MiB);
            var started = TimeProvider.System.GetTimestamp();
            Assert.EndsWith("answered 401", (await sink.RefusedAsync(Payloads.Of(store, 20 * MiB))).Message, StringComparison.Ordinal);

            // A receiver that has not answered within a second is sent the payload all the same; on a busy machine it may be one.
            if (TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(0.9))
            {
                Assert.Equal(0, store.BytesRead);
                return;
            }
        }

        Assert.Fail("it was never refused before the payload would be sent");
    }

    [Fact]
    public async Task A_receiver_that_knows_no_expectation_is_not_met_with_another()
    {
        var expected = new List<string>();
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            expected.Add(context.Request.Headers.Expect.ToString());
            if (expected[^1].Length > 0)
            {
                context.Response.StatusCode = 417;
                return;
            }

            await Taken.ReadAsync(context);
        });
        using var sink = Payloads.Sink(receiver.Url);
        await sink.RefusedAsync(Payloads.Of(2 * MiB));
        await sink.DeliverAsync(Payloads.Of(2 * MiB), CancellationToken.None);
        Assert.Equal(["100-continue", string.Empty], expected);
    }

    [Fact]
    public async Task An_answer_without_end_keeps_no_delivery_waiting()
    {
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            await Taken.ReadAsync(context);
            var noise = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(noise, context.RequestAborted);
            }
        });
        using var sink = Payloads.Sink(receiver.Url);
        await sink.DeliverAsync(Payloads.Of(), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task The_time_stamp_is_that_of_the_attempt()
    {
        var stamps = new List<string>();
        await using var receiver = await Receiver.StartAsync(async context => stamps.Add((await Taken.ReadAsync(context)).Headers["webhook-timestamp"].ToString()));
        var time = new ManualTimeProvider();
        using var sink = Payloads.Sink(receiver.Url, time: time);
        var payload = Payloads.Of();
        await sink.DeliverAsync(payload, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(90));
        await sink.DeliverAsync(payload, CancellationToken.None);
        Assert.Equal(90, long.Parse(stamps[1], CultureInfo.InvariantCulture) - long.Parse(stamps[0], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Only_its_own_channel_is_for_a_webhook()
    {
        var asked = false;
        await using var receiver = await Receiver.StartAsync(async context => asked = (await Taken.ReadAsync(context)).Size > 0);
        using var sink = Payloads.Sink(receiver.Url);
        Assert.Equal("webhook:invoices", sink.Name);
        Assert.True(sink.Takes("invoices"));
        Assert.False(sink.Takes("Invoices"));
        await Assert.ThrowsAsync<ArgumentException>(() => sink.DeliverAsync(Payloads.Of(new GeneratedStore(10), 10, channel: "salaries"), CancellationToken.None));
        Assert.False(asked);
    }

    /// <summary>The scheme as README.md tells it, computed by other means than the code under test.</summary>
    private static string Signature(string secret, string signed)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Convert.FromBase64String(secret["whsec_".Length..]));
        hmac.AppendData(Encoding.UTF8.GetBytes(signed));
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
