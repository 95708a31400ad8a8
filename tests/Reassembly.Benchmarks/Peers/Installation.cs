using System.Diagnostics;
using System.Text.Json.Nodes;
using Reassembly.Benchmarks.Reporting;

namespace Reassembly.Benchmarks.Peers;

/// <summary>What of the peers can be had here. What is missing is one sentence; null says that it is there.</summary>
internal sealed class Installation
{
    private const string SignalRFolder = "signalr";
    private const string SignalRClient = "Microsoft.AspNetCore.SignalR.Client.dll";

    private Installation()
    {
    }

    /// <summary>Where the programs of the peers lie.</summary>
    public static string Folder { get; } = Path.Combine(ReportFiles.ProjectFolder, "Peers");

    /// <summary>The SignalR peer, once it is built.</summary>
    public static string SignalRProgram { get; } = Path.Combine(Folder, SignalRFolder, "bin", "Release", "net10.0", "SignalRPeer.dll");

    /// <summary>Our client for JavaScript, which is not a part of this project.</summary>
    private static string JavaScriptClient { get; } = Path.GetFullPath("../../../src/clients/js/src/node.js", Folder);

    public string? MissingModules { get; private init; }

    public string? MissingJavaScriptClient => MissingModules ?? (File.Exists(JavaScriptClient) ? null : "our client for JavaScript is not in this tree");

    public string? MissingNats => MissingModules ?? (Tools.Find("nats-server") is null ? "nats-server is not installed (Debian: apt-get install nats-server)" : null);

    public string? MissingSignalR { get; private init; }

    /// <summary>Fetches and builds what is missing, once.</summary>
    public static async Task<Installation> PrepareAsync() => new()
    {
        MissingModules = await InstallModulesAsync(),
        MissingSignalR = await BuildSignalRAsync(),
    };

    /// <summary>Names the versions of all that took part.</summary>
    public async Task NameVersionsAsync(Report report)
    {
        if (MissingModules is null)
        {
            report.Version("Node", (await Tools.RunAsync("node", ["--version"], Folder)).Output.TrimStart('v'));
            foreach (var (module, version) in JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "package.json")))!["dependencies"]!.AsObject())
            {
                report.Version(module, version!.GetValue<string>());
            }
        }

        if (MissingNats is null)
        {
            report.Version("nats-server", (await Tools.RunAsync(Tools.Find("nats-server")!, ["--version"], Folder)).Output.Split(' ')[^1].TrimStart('v'));
        }

        if (MissingSignalR is null)
        {
            var client = Path.Combine(Path.GetDirectoryName(SignalRProgram)!, SignalRClient);
            report.Version("SignalR client", FileVersionInfo.GetVersionInfo(client).ProductVersion!.Split('+')[0]);
        }
    }

    private static async Task<string?> InstallModulesAsync()
    {
        if (Tools.Find("node") is null)
        {
            return "node is not installed";
        }

        if (Directory.Exists(Path.Combine(Folder, "node_modules")))
        {
            return null;
        }

        if (Tools.Find("npm") is not { } npm)
        {
            return "npm is not installed, and nobody ran npm ci";
        }

        Console.WriteLine($"npm ci in {Folder}");
        var (code, output) = await Tools.RunAsync(npm, ["ci", "--no-audit", "--no-fund"], Folder);
        return code == 0 ? null : $"npm ci failed: {output}";
    }

    private static async Task<string?> BuildSignalRAsync()
    {
        var (code, output) = await Tools.RunAsync("dotnet", ["build", "-c", "Release", "-v", "quiet", "--nologo"], Path.Combine(Folder, SignalRFolder));
        return code == 0 ? null : $"it could not be built: {FirstError(output)}";
    }

    /// <summary>Without the path before it, which is one of this machine.</summary>
    private static string FirstError(string output)
    {
        var at = output.IndexOf(": error ", StringComparison.Ordinal);
        return at < 0 ? output : output[(at + 2)..].Split('\n')[0];
    }
}
