using System.Diagnostics;
using System.Text.Json;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Client.Tests.Cli;

public sealed class ReceiveCliTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reassembly-cli-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Messages_are_received_into_files_named_by_their_ids()
    {
        ScriptedDelivery[] deliveries = [new(TestPayload.Bytes(1_000_000)), new([]) { Attempt = 3 }, new(TestPayload.Bytes(50_000))];
        await using var server = await ScriptedServer.StartAsync(new Script { OnSubscribe = (connection, _) => DeliverAsync(connection, deliveries) });

        var (code, output, error) = await CliProcess.RunAsync(
            "receive", "--channel", "c", "-o", Path.Combine(_folder.FullName, "new"), "--count", "3", "--to", server.Endpoint.ToString());

        Assert.True(code == 0, error);
        Assert.Equal(deliveries.Select(delivery => $"{delivery.Id} {delivery.Payload.Length} {delivery.Sha256} {delivery.Attempt}"), output.Trim().Split('\n'));
        foreach (var delivery in deliveries)
        {
            Assert.Equal(delivery.Payload, await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "new", delivery.Id.ToString())));
        }

        Assert.Equal(3, _folder.GetFiles("*", SearchOption.AllDirectories).Length);
        Assert.Equal(3, server.Store.Said.Count(said => said is DeliveredMessage));
    }

    [Fact]
    public async Task Several_at_once_and_a_repeat_are_received_and_told_as_json()
    {
        ScriptedDelivery[] deliveries = [new(TestPayload.Bytes(3_000_000)), new(TestPayload.Bytes(3_000_001))];
        var known = new ScriptedDelivery(TestPayload.Bytes(100));
        var path = Path.Combine(_folder.FullName, known.Id.ToString());
        await File.WriteAllBytesAsync(path, known.Payload);
        var written = File.GetLastWriteTimeUtc(path);
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, subscribe) =>
            {
                Assert.Equal(3, subscribe.InFlight);
                await connection.SendAsync(deliveries[0].Message);
                await connection.SendAsync(known.Message);
                await connection.SendFrameAsync(known.Frame(0, 100));
                await deliveries[1].SendAsync(connection, before: deliveries[0].Frames(connection));
            },
        });

        var (code, output, error) = await CliProcess.RunAsync(
            "receive", "--channel", "c", "-o", _folder.FullName, "--count", "3", "--in-flight", "9", "--json", "--quiet", "--to", server.Endpoint.ToString());

        Assert.Equal((0, string.Empty), (code, error));
        var lines = output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(
            deliveries.Append(known).Select(delivery => (delivery.Id.ToString(), (long)delivery.Payload.Length)).Order(),
            lines.Select(line => (line.GetProperty("id").GetString()!, line.GetProperty("size").GetInt64())).Order());
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
        Assert.All(deliveries, delivery => Assert.Equal(delivery.Payload, File.ReadAllBytes(Path.Combine(_folder.FullName, delivery.Id.ToString()))));
        Assert.Equal(3, server.Store.Said.Count(said => said is DeliveredMessage));
        Assert.Empty(server.Store.Violations);
    }

    [Fact]
    public async Task What_does_not_arrive_as_it_was_sent_leaves_no_file_and_comes_again()
    {
        var bad = new ScriptedDelivery(TestPayload.Bytes(10_000)) { Sha256 = new string('a', 64) };
        var good = new ScriptedDelivery(bad.Payload) { Id = bad.Id, Attempt = 2 };
        await using var server = await ScriptedServer.StartAsync(new Script { OnSubscribe = (connection, _) => DeliverAsync(connection, bad, good) });

        var (code, output, error) = await CliProcess.RunAsync(
            "receive", "--channel", "c", "-o", _folder.FullName, "--count", "1", "--to", server.Endpoint.ToString());

        Assert.True(code == 0, error);
        Assert.Contains("SHA-256", error, StringComparison.Ordinal);
        Assert.Equal($"{good.Id} 10000 {good.Sha256} 2", output.Trim());
        Assert.Equal(good.Id.ToString(), Assert.Single(_folder.GetFiles()).Name);
        Assert.Equal(
            [new RetryMessage { Id = good.Id }, new DeliveredMessage { Id = good.Id }],
            server.Store.Said.Where(said => said is DeliveredMessage or RetryMessage));
    }

    [Fact]
    public async Task An_interrupt_gives_back_what_is_there_in_part()
    {
        var delivery = new ScriptedDelivery(TestPayload.Bytes(1_000_000));
        var begun = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(new Script
        {
            OnSubscribe = async (connection, _) =>
            {
                await delivery.BeginAsync(connection, 3);
                begun.SetResult();
            },
        });
        using var process = CliProcess.Start("receive", "--channel", "c", "-o", _folder.FullName, "--to", server.Endpoint.ToString());
        await begun.Task;
        await Eventually.TrueAsync(() => _folder.GetFiles() is [{ Length: > 100_000 }], "a part of it is there");
        using var interrupt = Process.Start("kill", ["-INT", $"{process.Id}"]);
        var (code, output, _) = await process.EndAsync();

        Assert.Equal((130, string.Empty), (code, output));
        Assert.Empty(_folder.GetFiles());
        Assert.Contains(new RetryMessage { Id = delivery.Id }, server.Store.Said);
    }

    private static async Task DeliverAsync(ScriptedConnection connection, params ScriptedDelivery[] deliveries)
    {
        foreach (var delivery in deliveries)
        {
            await delivery.SendAsync(connection);
            await connection.Answers.ReadAsync();
        }
    }
}
