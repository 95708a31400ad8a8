using System.Security.Cryptography;
using Reassembly.Client;
using Reassembly.EndToEnd.Tests.Fuzzing;
using Reassembly.EndToEnd.Tests.Hosting;
using Reassembly.Testing;
using Xunit.Abstractions;

namespace Reassembly.EndToEnd.Tests;

/// <summary>Bad input of every kind, from many connections, beside honest senders.</summary>
[Collection(Settings.HeavyCollection)]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Fuzzers = 8;
    private const int HonestSenders = 2;
    // What a heap grows to once it is warm, and the buffers of all connections; it does not grow on with the number of frames.
    // Measured: 124 MiB after 50,000 frames, 143 after 262,000 and after 340,000.
    private const long MostGrowth = 192L << 20;

    // Of it in the second half of the time, when all is warm: a leak goes on. A half that was so slow that most came after it warmed nothing.
    private const long MostLateGrowth = 64L << 20;

    [Fact]
    public async Task Bad_input_never_crashes_grows_or_corrupts_the_node()
    {
        var random = Settings.Random(output);
        await using var server = await ServerProcess.StartNewAsync(
            "--Reassembly:Limits:OpenMessages=8192",
            "--Reassembly:Limits:MessageBytes=4194304",
            "--Reassembly:Limits:IdleSeconds=5",
            "--Reassembly:Limits:RetentionSeconds=8");
        using (var peer = await Peer.ConnectAsync(server.Ws))
        {
            await peer.CommitHonestAsync();
        }

        var before = server.ResidentBytes;
        using var http = new HttpClient { BaseAddress = server.Http };
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(Settings.FuzzSeconds), TimeProvider.System);
        var fuzzers = Enumerable.Range(0, Fuzzers).Select(_ => new FuzzConnection(server.Ws, http, new Random(random.Next()))).ToArray();
        var noise = new WireNoise(server.Ws, new Random(random.Next()));
        var honest = Enumerable.Range(0, HonestSenders).Select(_ => SendHonestAsync(server, new Random(random.Next()), stop.Token)).ToArray();
        Task[] all = [.. honest, .. fuzzers.Select(fuzzer => Task.Run(() => fuzzer.RunAsync(stop.Token))), Task.Run(() => noise.RunAsync(stop.Token))];
        await Task.Delay(TimeSpan.FromSeconds(Settings.FuzzSeconds) / 2, TimeProvider.System);
        var middle = server.ResidentBytes;
        var early = fuzzers.Sum(fuzzer => fuzzer.Frames);
        await Task.WhenAll(all);

        var after = server.ResidentBytes;
        output.WriteLine(
            $"{fuzzers.Sum(fuzzer => fuzzer.Frames)} frames sent, {noise.Connections} connections of noise; committed: {fuzzers.Sum(fuzzer => fuzzer.HonestMessages)} honest messages between, " +
            $"{honest.Sum(task => task.Result)} of honest senders, {fuzzers.Sum(fuzzer => fuzzer.CommittedFuzzed)} fuzzed; {fuzzers.Sum(fuzzer => fuzzer.RejectedFuzzed)} fuzzed ended otherwise; " +
            $"resident set {before >> 20} MiB before, {middle >> 20} MiB half-way, {after >> 20} MiB after");
        Assert.False(server.HasExited);
        Assert.DoesNotContain(server.Output.Concat(server.Error), line => line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal));
        Assert.InRange(after - before, long.MinValue, MostGrowth);
        var late = fuzzers.Sum(fuzzer => fuzzer.Frames) - early;
        Assert.InRange(after - middle, long.MinValue, Math.Min(MostGrowth, MostLateGrowth * Math.Max(1, late / Math.Max(1, early))));
        Assert.All(fuzzers, fuzzer => Assert.NotEqual(0, fuzzer.CommittedFuzzed));
    }

    /// <summary>The client library compares the server's digest with its own.</summary>
    private static async Task<int> SendHonestAsync(ServerProcess server, Random random, CancellationToken stop)
    {
        await using var client = await ReassemblyClient.ConnectAsync(server.Ws, cancellationToken: CancellationToken.None);
        var sent = 0;
        for (; !stop.IsCancellationRequested; sent++)
        {
            var payload = new byte[random.Next(1, 4 << 20) >> random.Next(12)];
            random.NextBytes(payload);
            var result = await client.SendAsync(payload.AsMemory(), cancellationToken: CancellationToken.None);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), result.Sha256);
            Assert.Equal(0, result.Reconnects);
        }

        return sent;
    }
}
