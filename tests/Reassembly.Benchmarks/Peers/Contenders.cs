using System.Globalization;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Peers;

/// <summary>Who is compared, each as its documentation shows it, with the limits raised that would refuse the payload.</summary>
internal static class Contenders
{
    private const string Node = "node";

    /// <summary>Garbage of one run is not to be counted in the next.</summary>
    private const string ExposeGc = "--expose-gc";

    private const string Listening = "Listening:";
    private const string NatsListening = "Server is ready";

    /// <summary>Long enough to read the payload back, short enough to wait for its end.</summary>
    private const string RetentionSeconds = "5";

    public static IReadOnlyList<ContenderPlan> All(Installation installation) =>
    [
        new("Reassembly on disk, .NET sender", Sender.DotNet, IsOurs: true, null, (_, payload) => StartOursAsync(
            url => ProgramProcess.StartAsync("dotnet", [typeof(LoadSender).Assembly.Location, "send-payload", url, payload.File], Installation.Folder))),
        new("SignalR, client stream", Sender.DotNet, IsOurs: false, installation.MissingSignalR, StartSignalRAsync),
        new("Reassembly on disk, JavaScript client", Sender.Node, IsOurs: true, installation.MissingJavaScriptClient, (_, payload) => StartOursAsync(
            url => StartNodeSenderAsync("reassembly", url, payload))),
        new("ws, one message", Sender.Node, IsOurs: false, installation.MissingModules, (folder, payload) => StartNodeAsync(
            "ws", "ws", string.Empty, folder, payload)),
        new("NATS JetStream object store", Sender.Node, IsOurs: false, installation.MissingNats, StartNatsAsync),
        new("tus, one PATCH", Sender.Node, IsOurs: false, installation.MissingModules, (folder, payload) => StartNodeAsync(
            "tus", "http", "/files", folder, payload)),
        new("tus, chunks of 1 MiB", Sender.Node, IsOurs: false, installation.MissingModules, (folder, payload) => StartNodeAsync(
            "tus", "http", "/files", folder, payload, "--chunk-bytes", "1048576")),
        new("Socket.IO, one emit", Sender.Node, IsOurs: false, installation.MissingModules, (folder, payload) => StartNodeAsync(
            "socketio", "http", string.Empty, folder, payload)),
    ];

    private static async Task<Contender> StartOursAsync(Func<string, Task<ProgramProcess>> startSender)
    {
        var server = await Hosts.Servers.StartReassemblyAsync("--Reassembly:Limits:RetentionSeconds", RetentionSeconds);
        var sender = await StartBesideAsync(server, () => startSender(server.Ws.ToString()));
        return new Contender(server.Figures, sender, new NodeHolder(server), sender, server);
    }

    private static async Task<Contender> StartSignalRAsync(string folder, Payload payload)
    {
        var url = $"http://127.0.0.1:{LoopbackPort.Next()}";
        var server = await ProgramProcess.StartAsync("dotnet", [Installation.SignalRProgram, "server", url], folder, Listening);
        var sender = await StartBesideAsync(server, () => ProgramProcess.StartAsync("dotnet", [Installation.SignalRProgram, "client", url, payload.File], folder));
        return new Contender(server.Figures, sender, new AskedHolder(server), sender, server);
    }

    private static async Task<Contender> StartNatsAsync(string folder, Payload payload)
    {
        var port = LoopbackPort.Next();
        var configuration = Path.Combine(folder, "nats.conf");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            listen: 127.0.0.1:{{LoopbackPort.Next()}}
            jetstream { store_dir: "{{folder}}" }
            websocket { listen: 127.0.0.1:{{port}}, no_tls: true }
            """));
        var server = await ProgramProcess.StartAsync(Tools.Find("nats-server")!, ["--config", configuration], folder, NatsListening);
        var sender = await StartBesideAsync(server, () => StartNodeSenderAsync("nats", $"ws://127.0.0.1:{port}", payload));
        return new Contender(server.Figures, sender, new AskedHolder(sender), sender, server);
    }

    private static async Task<Contender> StartNodeAsync(string peer, string scheme, string path, string folder, Payload payload, params string[] senderArguments)
    {
        var port = LoopbackPort.Next().ToString(CultureInfo.InvariantCulture);
        var server = await ProgramProcess.StartAsync(Node, [ExposeGc, Program(peer, "server"), "--port", port, "--folder", folder], folder, Listening);
        var sender = await StartBesideAsync(server, () => StartNodeSenderAsync(peer, $"{scheme}://127.0.0.1:{port}{path}", payload, senderArguments));
        return new Contender(server.Figures, sender, new AskedHolder(server), sender, server);
    }

    private static Task<ProgramProcess> StartNodeSenderAsync(string peer, string url, Payload payload, params string[] more)
        => ProgramProcess.StartAsync(Node, [ExposeGc, Program(peer, "client"), "--url", url, "--file", payload.File, .. more], Installation.Folder);

    /// <summary>A server whose sender does not start is ended.</summary>
    private static async Task<ProgramProcess> StartBesideAsync(IAsyncDisposable server, Func<Task<ProgramProcess>> start)
    {
        try
        {
            return await start();
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static string Program(string peer, string side) => Path.Combine(Installation.Folder, peer, $"{side}.mjs");
}
