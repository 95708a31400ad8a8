using Reassembly.EndToEnd.Tests.Hosting;
using Reassembly.EndToEnd.Tests.Killing;
using Reassembly.Testing;
using Xunit.Abstractions;

namespace Reassembly.EndToEnd.Tests;

/// <summary>The server is killed at random moments and started again, at the same address and with the same folder.</summary>
[Collection(Settings.HeavyCollection)]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int LongestLife = 900;
    private const int MostAcks = 60;

    [Fact]
    public async Task Every_message_of_the_client_library_survives_the_kills_and_is_delivered()
    {
        var random = Settings.Random(output);
        await using var server = await ServerProcess.StartNewAsync();
        await using var load = new SdkLoad(server.Ws, random.Next());
        await load.StartAsync();
        for (var round = 0; round < Settings.KillRounds; round++)
        {
            await LiveAsync(random);
            await server.KillAsync();
            await server.StartAsync();
        }

        await load.FinishAsync();
        var sent = load.Sent.ToArray();
        foreach (var one in sent)
        {
            await load.CompareAsync(one);
        }

        await DeliveredFiles.AssertExactlyAsync(server.DeliveryFolder, sent);
        var results = load.Results.ToArray();
        output.WriteLine($"{Settings.KillRounds} kills, {sent.Length} messages, {sent.Sum(one => (long)one.Size)} bytes, " +
            $"{results.Sum(result => result.Chunks)} chunks, {results.Sum(result => result.BytesResent)} bytes sent again, {results.Sum(result => result.Reconnects)} sends went on");
        Assert.Contains(results, result => result.Reconnects > 0);
        AssertNoFaultLogged(server);
    }

    [Fact]
    public async Task Nothing_acked_is_lost_or_changes()
    {
        var random = Settings.Random(output);
        await using var server = new ServerProcess();
        var sender = new BareSender(server.Ws, random);
        for (var round = 0; round < Settings.KillRounds; round++)
        {
            await server.StartAsync();
            var acked = sender.AcksAsync(random.Next(1, MostAcks));
            var sending = sender.RunUntilLostAsync();
            await Task.WhenAny(sending, round % 2 == 0 ? acked : LiveAsync(random));
            await server.KillAsync();
            await sending;
        }

        await server.StartAsync();
        await sender.FinishAsync();
        using var http = new HttpClient { BaseAddress = server.Http };
        foreach (var message in sender.Messages)
        {
            Assert.True((await http.GetByteArrayAsync($"/messages/{message.Id}")).AsSpan().SequenceEqual(message.Payload), $"message {message.Id} came back with other bytes");
        }

        output.WriteLine($"{Settings.KillRounds} kills, {sender.Messages.Count} messages, {sender.Frames} chunks, {sender.Acks} acks, {sender.AckedBytesFoundAgain} acked bytes of open messages found again");
        Assert.NotEqual(0, sender.AckedBytesFoundAgain);
        AssertNoFaultLogged(server);
    }

    // The one thing here that is about time: a kill comes at any moment.
    private static Task LiveAsync(Random random) => Task.Delay(TimeSpan.FromMilliseconds(random.Next(20, LongestLife)), TimeProvider.System);

    private static void AssertNoFaultLogged(ServerProcess server)
        => Assert.DoesNotContain(server.Output.Concat(server.Error), line => line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal));
}
