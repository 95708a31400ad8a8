using System.Security.Cryptography;
using Reassembly.Client.Sources;
using Reassembly.Client.Tests.Scripting;

namespace Reassembly.Client.Tests.Sources;

public sealed class WindowSourceTests
{
    private const int Capacity = 256 * 1024;

    [Fact]
    public async Task Keeps_no_more_than_its_capacity_and_gives_back_every_byte_it_keeps()
    {
        var payload = TestPayload.Bytes(2_000_000);
        using var changed = new SemaphoreSlim(0);
        await using var source = new WindowSource(new OnceStream(payload, 1), Capacity, () => changed.Release());
        var random = new Random(7);
        var released = 0L;
        while (source.View.Size is null || released < payload.Length)
        {
            var view = source.View;
            Assert.InRange(source.RetainedBytes, 0, Capacity);
            Assert.InRange(view.Available - released, 0, Capacity);
            if (view.Available == released)
            {
                await changed.WaitAsync();
                continue;
            }

            var from = view.Oldest + random.NextInt64(view.Available - view.Oldest);
            var bytes = new byte[random.NextInt64(view.Available - from + 1)];
            await source.ReadAsync(from, bytes, CancellationToken.None);
            Assert.True(bytes.AsSpan().SequenceEqual(payload.AsSpan((int)from, bytes.Length)));
            released = Math.Min(view.Available, released + random.Next(100_000));
            source.Release(released);
        }

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), await source.DigestAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Skips_what_is_durable_already_and_still_hashes_it()
    {
        var payload = TestPayload.Bytes(2_000_000);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        WindowSource? made = null;
        await using var source = made = new WindowSource(new OnceStream(payload, 2), Capacity, () =>
        {
            if (made?.View.Size is not null)
            {
                ended.TrySetResult();
            }
        });
        source.Release(1_900_000);
        await ended.Task;

        Assert.InRange(source.RetainedBytes, 1, Capacity);
        Assert.Equal(2_000_000, source.View.Size);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), await source.DigestAsync(CancellationToken.None));
    }
}
