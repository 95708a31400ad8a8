using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// 1,000 subscribers, ten to each of 100 channels, get 10,000 payloads of 100 KiB from 20 senders through one node with its store on disk. Every
/// payload has bytes of its own.
/// <para>What may grow in the server: for each subscriber one chunk that is on its way to it, and as much again that its connection has taken and
/// its client has not; both are frames of 64 KiB. The garbage that the collector lets stand must fit into that, too: on a processor with a large
/// cache it is most of what is seen. Nothing follows from how many payloads there are, so the last quarter of the run must be like the first.</para>
/// <para>All subscribers are alike and answer at once, so an equal share is ten payloads each; one that gets less than half of that starves.</para>
/// </summary>
internal static class SubscribersScenario
{
    private const int Channels = 100;
    private const int SubscribersOfChannel = 10;
    private const int MessagesOfChannel = 100;
    private const int Size = 100 << 10;
    private const int Senders = 20;
    private const int Quarters = 4;
    private const int FrameBytes = 64 * 1024;
    private const int Messages = Channels * MessagesOfChannel;
    private const double BarMiB = 2.0 * Channels * SubscribersOfChannel * FrameBytes / (1 << 20);
    private const double FlatMiB = 16;
    private const double LeastShare = 0.5 * MessagesOfChannel / SubscribersOfChannel;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Report report)
    {
        await using var server = await Servers.StartReassemblyAsync();
        var book = new DeliveryBook();
        var subscribers = new List<LoadSubscriber>();
        try
        {
            for (var number = 0; number < Channels * SubscribersOfChannel; number++)
            {
                var of = number;
                subscribers.Add(await LoadSubscriber.OpenAsync(server.Ws, NameOf(number % Channels), FrameBytes, arrival => book.Arrived(of, arrival)));
            }

            var failed = Task.WhenAny(subscribers.Select(static subscriber => subscriber.Reading)).Unwrap();

            // One to each channel first, so that the code is compiled and its queues are there.
            await SendAsync(server, book, 0, Channels, failed);
            book.Shares.Clear();
            var before = server.ResidentBytes / Figures.MiB;
            var messages = Effort.Of(Messages);
            var peaks = new List<double>();
            var processor = server.CpuTime;
            var time = await Figures.TimeAsync(async () =>
            {
                for (var quarter = 0; quarter < Quarters; quarter++)
                {
                    server.ResetPeak();
                    await SendAsync(server, book, messages * quarter / Quarters, messages * (quarter + 1) / Quarters, failed);
                    peaks.Add(server.PeakResidentBytes / Figures.MiB);
                }
            });
            Tell(report, book, before, peaks, messages / time.TotalSeconds, (server.CpuTime - processor).TotalMilliseconds / messages);
        }
        finally
        {
            foreach (var subscriber in subscribers)
            {
                await subscriber.DisposeAsync();
            }
        }
    }

    /// <summary>Sends messages to the channels in turn; returns when all of them have reached somebody.</summary>
    private static async Task SendAsync(HostProcess server, DeliveryBook book, int from, int to, Task failed)
    {
        var next = from - 1;
        var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            using var sender = await ChannelSender.OpenAsync(server.Ws);
            var payload = RandomNumberGenerator.GetBytes(Size);
            for (int message; (message = Interlocked.Increment(ref next)) < to;)
            {
                var id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow());
                BinaryPrimitives.WriteInt64LittleEndian(payload, message);
                book.Sent(id, Convert.ToHexStringLower(SHA256.HashData(payload)));
                await sender.SendAsync(id, NameOf(message % Channels), payload);
            }
        })));
        await (await Task.WhenAny(sending, failed).WaitAsync(Patience, TimeProvider.System));
        await (await Task.WhenAny(book.AllArrivedAsync(), failed).WaitAsync(Patience, TimeProvider.System));
    }

    private static void Tell(Report report, DeliveryBook book, double before, List<double> peaks, double rate, double processorMs)
    {
        double[] shares = [.. Enumerable.Range(0, Channels * SubscribersOfChannel).Select(number => (double)book.Shares.GetValueOrDefault(number))];
        report.Add($"payloads of {Size >> 10} KiB sent, durable and delivered", "1/s", rate);
        report.Add("the same", "MiB/s", rate * Size / Figures.MiB);
        report.Add("server processor time for each", "ms", processorMs);
        report.Add($"resident with {Channels * SubscribersOfChannel} subscribers that wait", "MiB", before);
        report.Add("resident at its peak, by quarter of the run", "MiB", peaks);
        report.AtMost("growth at its peak", "MiB", BarMiB, peaks.Max() - before);
        report.AtMost("peak of the last quarter over that of the first", "MiB", FlatMiB, peaks[^1] - peaks[0]);
        report.Add("payloads for each subscriber", "count", shares);
        report.Add("payloads that came again", "count", book.Again);
        report.Add("payloads announced as a later attempt", "count", book.LaterAttempts);
        report.AtMost("payloads that came with other bytes than sent", "count", 0, book.Wrong);
        if (!Effort.IsTrial)
        {
            report.AtLeast("payloads of the subscriber that got the fewest", "count", LeastShare, shares.Min());
        }
    }

    private static string NameOf(int channel) => $"channel-{channel}";

    /// <summary>What was sent and what came. Called by senders and subscribers at once.</summary>
    private sealed class DeliveryBook
    {
        private readonly ConcurrentDictionary<MessageId, string> _digests = new();
        private readonly ConcurrentDictionary<MessageId, bool> _arrived = new();
        private readonly SemaphoreSlim _news = new(0);
        private int _wrong;
        private int _again;
        private int _laterAttempts;

        /// <summary>How many came to each subscriber.</summary>
        public ConcurrentDictionary<int, int> Shares { get; } = new();

        public int Wrong => _wrong;

        public int Again => _again;

        public int LaterAttempts => _laterAttempts;

        public void Sent(MessageId id, string digest) => _digests.TryAdd(id, digest);

        public void Arrived(int subscriber, Arrival arrival)
        {
            if (_digests.GetValueOrDefault(arrival.Id) != arrival.Sha256)
            {
                Interlocked.Increment(ref _wrong);
            }

            if (arrival.Attempt > 1)
            {
                Interlocked.Increment(ref _laterAttempts);
            }

            Shares.AddOrUpdate(subscriber, 1, static (_, count) => count + 1);
            if (!_arrived.TryAdd(arrival.Id, true))
            {
                Interlocked.Increment(ref _again);
            }

            _news.Release();
        }

        public async Task AllArrivedAsync()
        {
            while (_arrived.Count < _digests.Count)
            {
                await _news.WaitAsync();
            }
        }
    }
}
