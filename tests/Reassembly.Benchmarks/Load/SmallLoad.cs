using System.Collections.Concurrent;
using Reassembly.Protocol.Frames;

namespace Reassembly.Benchmarks.Load;

/// <summary>
/// Sends messages of one chunk over many connections: as fast as the server commits them, with so many on their way on each connection, or at a
/// steady rate that does not wait for the server. In the latter case a message's time counts from when it was due, so that a stall is
/// seen by all the messages that it held up.
/// </summary>
internal static class SmallLoad
{
    private const int OnTheirWay = 16;

    public static async Task<LoadResult> RunAsync(SmallMessages order)
    {
        var connections = new List<LoadConnection>();
        try
        {
            for (var number = 0; number < order.Connections; number++)
            {
                connections.Add(await LoadConnection.OpenAsync(order.Node, hasCredit: true, order.Size + ChunkHeader.Size));
            }

            var times = new ConcurrentBag<double>();
            var each = order.Count / order.Connections;
            var meter = LoadMeter.Start();
            await Task.WhenAll(connections.Select((connection, number) => Task.Run(() => order.RatePerSecond is { } rate
                ? PacedAsync(connection, order.Size, each, TimeSpan.FromSeconds(order.Connections / rate), number / (double)order.Connections, times)
                : SaturatingAsync(connection, order.Size, each, times))));
            return meter.Stop(default, [.. times]);
        }
        finally
        {
            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private static async Task SaturatingAsync(LoadConnection connection, int size, int count, ConcurrentBag<double> times)
    {
        using var places = new SemaphoreSlim(OnTheirWay);
        for (var message = 0; message < count; message++)
        {
            await places.WaitAsync();
            await SendAsync(connection, size, TimeProvider.System.GetTimestamp(), times, places);
        }

        for (var place = 0; place < OnTheirWay; place++)
        {
            await places.WaitAsync();
        }
    }

    /// <param name="interval">From one message of this connection to the next.</param>
    /// <param name="phase">The part of an interval after which it begins, so that the connections take turns.</param>
    private static async Task PacedAsync(LoadConnection connection, int size, int count, TimeSpan interval, double phase, ConcurrentBag<double> times)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp() + (long)(phase * interval.TotalSeconds * time.TimestampFrequency);

        // Only those that are on their way: what this process keeps alive it has to mark when it collects, and that would be counted as the server's time.
        var commits = new Queue<Task>();
        for (var message = 0; message < count; message++)
        {
            var due = start + (long)(message * interval.TotalSeconds * time.TimestampFrequency);
            if (time.GetElapsedTime(time.GetTimestamp(), due) is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time);
            }

            commits.Enqueue(await SendAsync(connection, size, due, times, places: null));
            while (commits.TryPeek(out var oldest) && oldest.IsCompleted)
            {
                await commits.Dequeue();
            }
        }

        await Task.WhenAll(commits);
    }

    /// <returns>Completes when it is committed.</returns>
    private static async ValueTask<Task> SendAsync(LoadConnection connection, int size, long since, ConcurrentBag<double> times, SemaphoreSlim? places)
    {
        var upload = connection.NewUpload(_ =>
        {
            times.Add(TimeProvider.System.GetElapsedTime(since).TotalMilliseconds);
            places?.Release();
        });
        await connection.SendChunkAsync(upload, 0, size);
        return upload.Committed;
    }
}
