using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Reassembly.EndToEnd.Tests.Hosting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using Reassembly.Testing.Proxying;
using Xunit.Abstractions;

namespace Reassembly.EndToEnd.Tests;

/// <summary>
/// The command line and the server as two processes, one of which is killed midway: a proxy between them lets no more through than that
/// until it is dead, however fast they are.
/// </summary>
[Collection(Settings.HeavyCollection)]
public sealed partial class CliKillTests(ITestOutputHelper output) : IDisposable
{
    private const int Size = 64 << 20;

    private const int WindowBytes = 131_072;

    // What the proxy lets through beyond what is to be durable: what may be lost with each kill, and the headers of all chunks.
    private const int Slack = 4 * WindowBytes;
    private static readonly string SmallWindow = $"--Reassembly:Limits:WindowBytes={WindowBytes}";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reassembly-e2e-cli-");
    private readonly MessageId _id = Peer.NewId();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_file_goes_through_a_server_that_is_killed_midway_and_comes_back_whole()
    {
        await using var server = await ServerProcess.StartNewAsync(SmallWindow);
        await using var proxy = new FrameProxy(server.Ws, new FrameProxyRules()) { UpLimit = 0 };
        var (path, payload) = Write();
        using var cli = CliProcess.Start("send", path, "--to", proxy.Address.ToString(), "--id", _id.ToString(), "--json");
        for (var kill = 1; kill <= 3; kill++)
        {
            await DurableAsync(server, proxy, Size / 5 * kill);
            await server.KillAsync();
            await server.StartAsync();
        }

        proxy.UpLimit = long.MaxValue;
        var (code, sent, error) = await cli.EndAsync();
        output.WriteLine(error);
        Assert.True(code == 0, error);
        Assert.Equal(3, JsonDocument.Parse(sent).RootElement.GetProperty("reconnects").GetInt32());
        Assert.Contains("going on at byte", error, StringComparison.Ordinal);

        var fetched = Path.Combine(_folder.FullName, "fetched");
        (code, _, error) = await CliProcess.RunAsync("get", _id.ToString(), "--to", server.Ws.ToString(), "-o", fetched);
        Assert.True(code == 0, error);
        Assert.True((await File.ReadAllBytesAsync(fetched)).AsSpan().SequenceEqual(payload), "other bytes came back");
    }

    [Fact]
    public async Task A_killed_command_line_run_again_with_the_same_id_sends_only_the_rest()
    {
        await using var server = await ServerProcess.StartNewAsync(SmallWindow);
        await using var proxy = new FrameProxy(server.Ws, new FrameProxyRules()) { UpLimit = 0 };
        var (path, payload) = Write();
        string[] arguments = ["send", path, "--to", proxy.Address.ToString(), "--id", _id.ToString(), "--json"];
        using (var cli = CliProcess.Start(arguments))
        {
            await DurableAsync(server, proxy, Size / 3);
            cli.Kill();
            await cli.EndAsync();
        }

        proxy.UpLimit = long.MaxValue;
        var (code, sent, error) = await CliProcess.RunAsync(arguments);
        output.WriteLine($"{error}{sent}");
        Assert.True(code == 0, error);
        var goneOn = long.Parse(GoingOn().Match(error).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(goneOn, Size / 3, Size);
        Assert.Equal(Size - goneOn, JsonDocument.Parse(sent).RootElement.GetProperty("bytesSent").GetInt64());

        using var http = new HttpClient { BaseAddress = server.Http };
        Assert.True((await http.GetByteArrayAsync($"/messages/{_id}")).AsSpan().SequenceEqual(payload), "other bytes came back");
    }

    /// <summary>Lets so much through, and asks until it is durable.</summary>
    private async Task DurableAsync(ServerProcess server, FrameProxy proxy, long bytes)
    {
        proxy.UpLimit = bytes + Slack;
        using var peer = await Peer.ConnectAsync(server.Ws);
        await Eventually.TrueAsync(
            async () =>
            {
                await peer.SendAsync(new StatusMessage { Id = _id });
                var answer = await peer.ReceiveAsync();
                Assert.IsNotType<OutcomeMessage>(answer);
                return answer is AckMessage ack && ack.Durable >= bytes;
            },
            $"{bytes} bytes of the file are durable",
            TimeSpan.FromMinutes(3));
    }

    private (string Path, byte[] Payload) Write()
    {
        var payload = new byte[Size];
        Settings.Random(output).NextBytes(payload);
        var path = Path.Combine(_folder.FullName, "payload");
        File.WriteAllBytes(path, payload);
        return (path, payload);
    }

    [GeneratedRegex(@"going on at byte (\d+)")]
    private static partial Regex GoingOn();
}
