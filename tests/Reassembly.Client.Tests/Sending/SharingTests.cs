using Reassembly.Client.Sending;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Testing;

namespace Reassembly.Client.Tests.Sending;

public sealed class SharingTests
{
    [Fact]
    public async Task A_small_message_does_not_wait_for_a_large_one()
    {
        // The large one cannot end before the small one has.
        await using var server = await ScriptedServer.StartAsync(new Script { Credit = durable => Math.Min(durable + (8 << 20), 48 << 20) });
        var chunksAtOpen = new List<int>();
        server.Script.RefuseOpen = () =>
        {
            chunksAtOpen.Add(server.Store.Chunks.Count);
            return null;
        };
        await using var client = await ClientFor.With(ClientFor.Options with { AckTimeout = TimeSpan.FromSeconds(1) }, server);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var large = client.SendAsync(new byte[64 << 20], progress: new ProgressLog(_ => begun.TrySetResult()));
        await begun.Task;

        var small = await client.SendAsync(new byte[1024]);
        server.Script.Credit = _ => null;

        Assert.Equal(1024, small.Size);
        Assert.Equal(64 << 20, (await large).Size);

        // As the server saw it, whenever who waited came to run: chunks of the large one between what was said of the small one and its bytes, and after those.
        var chunks = server.Store.Chunks.Select(chunk => chunk.Id).ToList();
        var place = chunks.IndexOf(small.Id);
        Assert.Equal(2, chunksAtOpen.Count);
        Assert.InRange(place - chunksAtOpen[1], 0, 256);
        Assert.InRange(place, 1, chunks.Count - 2);
    }

    [Fact]
    public async Task Large_messages_share_the_connection_evenly()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = await ClientFor.With(ClientFor.Options with { FramesInPreparation = 1 }, server);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.SendAsync(new byte[32 << 20])));

        // Where all four are under way: on a busy machine one may begin late.
        var chunks = server.Store.Chunks.Select(chunk => chunk.Id).ToArray();
        var ids = chunks.Distinct().ToArray();
        var from = ids.Max(id => Array.IndexOf(chunks, id));
        var to = ids.Min(id => Array.LastIndexOf(chunks, id));
        Assert.Equal(4, ids.Length);
        Assert.InRange(to - from, chunks.Length / 8, chunks.Length);
        var share = (to - from) / 4.0;
        Assert.All(chunks[from..to].CountBy(id => id), message => Assert.InRange(message.Value, 0.5 * share, 1.6 * share));
    }

    [Fact]
    public async Task Many_messages_at_once_survive_lost_connections()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { CutAfterBytes = [1_000_000, 2_000_000, 300_000, -1] });
        await using var client = await ClientFor.Servers(server);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(async number =>
        {
            var payload = TestPayload.Bytes(number * 311);
            var result = number % 2 == 0
                ? await client.SendAsync(payload.AsMemory())
                : await client.SendAsync(new OnceStream(payload, number));
            Assert.Equal(payload, server.Store.Messages[result.Id].Bytes);
        }));

        Assert.Equal(4, server.Store.Connections);
        Assert.Empty(server.Store.Violations);
    }

    [Fact]
    public async Task A_source_without_data_keeps_its_message_alive_and_holds_nobody_up()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { IdleSeconds = 1 });
        await using var client = await ClientFor.Servers(server);
        var pipe = new System.IO.Pipelines.Pipe();
        var slow = client.SendAsync(pipe.Reader, new SendOptions { Channel = "slow" });

        Assert.Equal(500_000, (await client.SendAsync(new byte[500_000])).Size);
        await Eventually.TrueAsync(
            () => server.Store.Said.OfType<Protocol.Control.OpenMessage>().Count(open => open.Channel == "slow") >= 3, "the message is kept alive");

        await pipe.Writer.WriteAsync(new byte[5]);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(5, (await slow).Size);
    }
}
