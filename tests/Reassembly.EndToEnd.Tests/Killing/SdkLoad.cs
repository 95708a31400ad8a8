using System.Collections.Concurrent;
using System.Security.Cryptography;
using Reassembly.Client;
using Reassembly.Client.Sending;
using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests.Killing;

/// <summary>Senders that use the client library, several at once over one connection, until they are told to stop.</summary>
internal sealed class SdkLoad(Uri address, int seed) : IAsyncDisposable
{
    public const string Channel = "kill tests/ä";
    private const int Senders = 4;
    private const int Largest = 64 << 20;

    private static readonly ReassemblyClientOptions Options = new() { BackoffBase = TimeSpan.FromMilliseconds(20), BackoffCap = TimeSpan.FromMilliseconds(250) };

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private ReassemblyClient? _client;

    public ConcurrentQueue<SentPayload> Sent { get; } = new();

    public ConcurrentQueue<SendResult> Results { get; } = new();

    public async Task StartAsync()
    {
        _client = await ReassemblyClient.ConnectAsync(address, Options);
        _running = Task.WhenAll(Enumerable.Range(0, Senders).Select(index => Task.Run(() => SendAsync(new Random(seed + index), index))));
    }

    /// <summary>Lets every sender finish what it has begun; throws what went wrong.</summary>
    public async Task FinishAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Fetches a payload and compares every byte.</summary>
    public async Task CompareAsync(SentPayload sent)
    {
        using var fetched = new MemoryStream();
        await _client!.GetAsync(sent.Id, fetched);
        Assert.True(fetched.GetBuffer().AsSpan(0, (int)fetched.Length).SequenceEqual(sent.Bytes()), $"message {sent.Id} came back with other bytes");
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task SendAsync(Random random, int index)
    {
        for (var number = 0; number == 0 || !_stop.IsCancellationRequested; number++)
        {
            // The smallest and the largest in every run, the others anywhere between.
            var size = (number, index) switch
            {
                (0, 0) => 1,
                (0, 1) => Largest,
                _ => random.Next(1, Largest) >> random.Next(24),
            };
            var sent = new SentPayload(MessageId.NewVersion7(TimeProvider.System.GetUtcNow()), random.Next(), Math.Max(1, size));
            var bytes = sent.Bytes();
            var options = new SendOptions
            {
                Id = sent.Id,
                Channel = Channel,
                ContentType = "application/x-test",
                Headers = new Dictionary<string, string> { ["number"] = $"{sent.Seed}" },
            };
            var result = await _client!.SendAsync(bytes.AsMemory(), options);
            Assert.Equal((sent.Id, bytes.LongLength, Convert.ToHexStringLower(SHA256.HashData(bytes))), (result.Id, result.Size, result.Sha256));
            Sent.Enqueue(sent);
            Results.Enqueue(result);
        }
    }
}
