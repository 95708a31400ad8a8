using Reassembly.Core.Routing;
using Reassembly.Grains.Tests.Hosting;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using Xunit.Abstractions;

namespace Reassembly.Grains.Tests.Routing;

/// <summary>Silos leave and die under uploads; senders go on at other edges.</summary>
public sealed class FailoverTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Uploads = 24;
    private const int ChunkBytes = 8_000;

    private GrainCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await GrainCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Uploads_go_on_when_a_silo_leaves_and_another_joins(bool killed)
    {
        var random = Seed.Random(output.WriteLine);
        var leaver = _cluster.Silos[2];
        var edges = new List<IMessageRouter> { _cluster.Router(0), _cluster.Router(1), _cluster.ClientRouter };
        var messages = Enumerable.Range(0, Uploads).Select(_ => new TestMessage(random, random.Next(100_000, 300_000), TimeProvider.System.GetUtcNow())).ToArray();
        using var half = new CountdownEvent(Uploads);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // The first chunk comes over the silo that will go, so that the message lives there.
        var uploads = messages.Select((message, index) => UploadAsync(message, index % 2 == 0 ? GrainCluster.Router(leaver) : edges[0], edges, random.Next(), half, gone.Task)).ToArray();
        await Task.Run(() => Assert.True(half.Wait(GrainCluster.Patience)));
        var leaving = killed ? _cluster.KillSiloAsync(leaver) : _cluster.StopSiloAsync(leaver);
        gone.SetResult();
        await leaving;
        await _cluster.AddSiloAsync();
        await Task.WhenAll(uploads).WaitAsync(GrainCluster.Patience * 2, TimeProvider.System);
        foreach (var message in messages)
        {
            Assert.Equal(message.Payload, await _cluster.Store.ReadAllAsync(message.Key, message.Payload.Length));
            Assert.Equal(message.Sha256, (await _cluster.Router(2).StatusAsync(message.Key, CancellationToken.None)).Outcome!.Sha256);
        }
    }

    private static async Task UploadAsync(
        TestMessage message, IMessageRouter first, List<IMessageRouter> edges, int seed, CountdownEvent half, Task gone)
    {
        var random = new Random(seed);
        var chunks = message.Chunks(ChunkBytes);
        Receipt? receipt = null;
        for (var index = 0; index < chunks.Count; index++)
        {
            if (index == chunks.Count / 2)
            {
                half.Signal();
                await gone;
            }

            receipt = await SendAsync(message, chunks[index], index == 0 ? first : edges[random.Next(edges.Count)]);
        }

        Assert.Equal(OutcomeState.Committed, receipt!.Outcome!.State);
        Assert.Equal(message.Sha256, receipt.Outcome.Sha256);
    }

    /// <summary>What is not acked is sent again, as senders do.</summary>
    private static async Task<Receipt> SendAsync(TestMessage message, Chunk chunk, IMessageRouter edge)
    {
        while (true)
        {
            var receipt = await edge.AppendAsync(message.Key, [chunk], CancellationToken.None);
            if (receipt.Answer is not null)
            {
                return receipt;
            }

            Assert.All(receipt.Errors, static error => Assert.True(error.Retryable, error.Message));
        }
    }
}
