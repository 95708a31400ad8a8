using System.Collections.Concurrent;
using System.Security.Cryptography;
using Reassembly.Client;
using Reassembly.Client.Sending;

namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>Sends one message after the other to a channel, each when it has seen the outcome of the one before.</summary>
internal sealed class SequentialSender(Uri address, string channel, int mostBytes, int mostPauseMs, int seed, ConcurrentQueue<SentMessage> sent)
{
    /// <param name="enough">No message is begun after that; the one that is on its way is brought to its end.</param>
    public async Task RunAsync(CancellationToken enough)
    {
        var random = new Random(seed);
        var time = TimeProvider.System;
        await using var client = await ReassemblyClient.ConnectAsync(address, cancellationToken: CancellationToken.None);
        while (!enough.IsCancellationRequested)
        {
            var payload = new byte[random.Next(1, mostBytes)];
            random.NextBytes(payload);
            var startedAt = time.GetUtcNow();
            var started = time.GetTimestamp();
            using var source = new MemoryStream(payload);
            var result = await client.SendAsync(source, new SendOptions { Channel = channel }, cancellationToken: CancellationToken.None);
            sent.Enqueue(new SentMessage(result.Id.ToString(), channel, payload.Length, Convert.ToHexStringLower(SHA256.HashData(payload)), startedAt, started, time.GetTimestamp()));
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(mostPauseMs)), time, CancellationToken.None);
        }
    }
}
