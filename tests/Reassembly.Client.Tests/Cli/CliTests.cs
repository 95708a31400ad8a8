using System.Diagnostics;
using System.Text.Json;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Testing;

namespace Reassembly.Client.Tests.Cli;

public sealed class CliTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reassembly-cli-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_file_is_sent_asked_about_and_fetched_again()
    {
        await using var server = await ScriptedServer.StartAsync();
        var payload = TestPayload.Bytes(1_000_000);
        var to = server.Endpoint.ToString();

        var (code, output, error) = await CliProcess.RunAsync(
            "send", Write(payload), "--to", to, "--channel", "c", "--header", "a=b=c", "--compress", "br", "--content-type", "x/y", "--ttl", "99");

        Assert.True(code == 0, error);
        Assert.DoesNotContain("going on", error, StringComparison.Ordinal);
        var parts = output.Trim().Split(' ');
        var message = server.Store.Messages.Values.Single();
        Assert.Equal([message.Id.ToString(), $"{message.Size}", message.Outcome!.Sha256!], parts);
        Assert.Equal(("c", "x/y", "br", 99L), (message.Open!.Channel, message.Open.ContentType, message.Open.ContentEncoding, message.Open.TtlSeconds));
        Assert.Equal("b=c", message.Open.Headers!["a"]);

        (code, output, error) = await CliProcess.RunAsync("status", parts[0], "--to", to);
        Assert.Equal((0, $"{parts[0]} committed, {parts[1]} bytes, {parts[2]}"), (code, output.Trim()));

        var target = Path.Combine(_folder.FullName, "fetched");
        (code, _, error) = await CliProcess.RunAsync("get", parts[0], "--to", to, "-o", target);
        Assert.True(code == 0, error);
        Assert.Equal(payload, await File.ReadAllBytesAsync(target));
        Assert.Equal(2, _folder.GetFiles().Length);
    }

    [Fact]
    public async Task Standard_input_is_sent_and_the_result_is_json_if_asked()
    {
        await using var server = await ScriptedServer.StartAsync();
        using var process = CliProcess.Start("send", "-", "--to", server.Endpoint.ToString(), "--json", "--quiet");
        await process.Input.WriteAsync(new string('x', 200_000));
        process.Input.Close();

        var (code, output, error) = await process.EndAsync();

        Assert.Equal((0, string.Empty), (code, error));
        using var json = JsonDocument.Parse(output);
        Assert.Equal(200_000, json.RootElement.GetProperty("size").GetInt64());
        Assert.Equal(server.Store.Messages.Keys.Single().ToString(), json.RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_lost_connection_is_told_and_survived()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { CutAfterBytes = [2_000_000, -1] });
        var payload = TestPayload.Bytes(6_000_000);

        var (code, _, error) = await CliProcess.RunAsync("send", Write(payload), "--to", server.Endpoint.ToString());

        Assert.True(code == 0, error);
        Assert.Contains("connection lost, trying again", error, StringComparison.Ordinal);
        Assert.Contains("going on at byte", error, StringComparison.Ordinal);
        Assert.Equal(payload, server.Store.Messages.Values.Single().Bytes);
        Assert.Equal(payload.Length, server.Store.PayloadBytes);
    }

    [Fact]
    public async Task A_killed_sender_goes_on_under_the_same_id()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { Credit = durable => Math.Min(durable + 1_000_000, 3_000_000), WindowBytes = 1_000_000 });
        var payload = TestPayload.Bytes(6_000_000);
        var file = Write(payload);
        var id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow()).ToString();
        using (var process = CliProcess.Start("send", file, "--to", server.Endpoint.ToString(), "--id", id))
        {
            await Eventually.TrueAsync(() => server.Store.PayloadBytes >= 3_000_000, "all that there is credit for is sent");
            process.Kill();
            await process.EndAsync();
        }

        server.Script.Credit = _ => null;
        var (code, output, error) = await CliProcess.RunAsync("send", file, "--to", server.Endpoint.ToString(), "--id", id);

        Assert.True(code == 0, error);
        Assert.Contains("going on at byte 3000000", error, StringComparison.Ordinal);
        Assert.StartsWith(id, output, StringComparison.Ordinal);
        Assert.Equal(payload, server.Store.Messages.Values.Single().Bytes);
        Assert.Equal(payload.Length, server.Store.PayloadBytes);
    }

    [Fact]
    public async Task Interrupting_a_send_aborts_its_message()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { Credit = _ => 1_000_000, WindowBytes = 1_000_000 });
        using var process = CliProcess.Start("send", Write(new byte[6_000_000]), "--to", server.Endpoint.ToString());
        await Eventually.TrueAsync(() => server.Store.PayloadBytes >= 1_000_000, "all that there is credit for is sent");
        using var interrupt = Process.Start("kill", ["-INT", $"{process.Id}"]);
        var (code, output, error) = await process.EndAsync();

        Assert.Equal((130, string.Empty), (code, output));
        Assert.EndsWith("cancelled\n", error, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => server.Store.Messages.Values.Single().Outcome is { State: OutcomeState.Aborted }, "the abort is read");
    }

    [Fact]
    public async Task Exit_codes_say_what_went_wrong()
    {
        await using var server = await ScriptedServer.StartAsync(new Script { RefuseChunk = _ => ErrorCode.MessageTooBig });
        var to = server.Endpoint.ToString();
        var file = Write(new byte[10]);
        var unknown = default(MessageId).ToString();

        var (code, _, error) = await CliProcess.RunAsync("send", file, "--to", to);
        Assert.Equal(3, code);
        Assert.Contains("messageBytes = 10", error, StringComparison.Ordinal);
        Assert.Equal(6, (await CliProcess.RunAsync("status", unknown, "--to", to)).Code);
        Assert.Equal(6, (await CliProcess.RunAsync("get", unknown, "-o", Path.Combine(_folder.FullName, "x"), "--to", to)).Code);
        Assert.Single(_folder.GetFiles());
        Assert.Equal(1, (await CliProcess.RunAsync("send", "/does/not/exist", "--to", to)).Code);
        Assert.Equal(2, (await CliProcess.RunAsync("send", file, "--to", "http://x")).Code);
        Assert.Equal(2, (await CliProcess.RunAsync("send", file, "--id", "nonsense")).Code);
        Assert.Equal(2, (await CliProcess.RunAsync("send")).Code);
        Assert.Equal(0, (await CliProcess.RunAsync("--help")).Code);
        server.Script.RefuseChunk = _ => ErrorCode.Expired;
        Assert.Equal(5, (await CliProcess.RunAsync("send", file, "--to", to)).Code);
        await server.DisposeAsync();
        Assert.Equal(4, (await CliProcess.RunAsync("send", file, "--to", to, "--give-up", "0.3")).Code);
    }

    private string Write(byte[] payload)
    {
        var path = Path.Combine(_folder.FullName, "payload");
        File.WriteAllBytes(path, payload);
        return path;
    }
}
