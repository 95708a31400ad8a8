using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Reassembly.Interop.Tests.Hosting;

namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>A library that a program drives: <c>src/clients/LANGUAGE/interop</c>. It prints one line of JSON as its last.</summary>
/// <param name="command">The program and what it is started with before a command of its own.</param>
internal sealed class DriverLibrary(params string[] command) : IClientLibrary
{
    public async Task<LibraryVersion> VersionAsync()
    {
        var answer = await RunAsync("versions");
        return new LibraryVersion(Text(answer, "library"), Text(answer, "runtime"));
    }

    public async Task<Sent> SendAsync(Uri url, PayloadFile payload, string channel, string encoding = "identity")
    {
        var answer = await RunAsync("send", "--url", $"{url}", "--file", payload.Path, "--channel", channel, "--encoding", encoding);
        return Outcome(answer, payload) with { Connections = answer.GetProperty("connections").GetInt32() };
    }

    public async Task<Received> ReceiveAsync(Uri url, string channel, int frameBytes)
    {
        var file = Path.GetTempFileName();
        try
        {
            var answer = await RunAsync("receive", "--url", $"{url}", "--channel", channel, "--out", file, "--frame-bytes", Text(frameBytes));
            await using var body = File.OpenRead(file);
            return new Received(
                Text(answer, "id"),
                answer.GetProperty("size").GetInt64(),
                Text(answer, "sha256"),
                Convert.ToHexStringLower(await SHA256.HashDataAsync(body)),
                answer.GetProperty("attempt").GetInt32());
        }
        finally
        {
            File.Delete(file);
        }
    }

    public async Task<Sent> RawAsync(Uri url, PayloadFile payload, int? fragmentBytes)
        => Outcome(await RunAsync(["raw", "--url", $"{url}", "--file", payload.Path, .. fragmentBytes is { } bytes ? (string[])["--fragment", Text(bytes)] : []]), payload);

    public async Task<Sent> JsonAsync(Uri url, PayloadFile payload, string channel)
        => Outcome(await RunAsync("json", "--url", $"{url}", "--file", payload.Path, "--channel", channel), payload);

    public async Task<Closed> OversizeAsync(Uri url, int bytes)
    {
        var answer = await RunAsync("oversize", "--url", $"{url}", "--bytes", Text(bytes));
        return new Closed(answer.GetProperty("code").GetInt32(), Text(answer, "reason"));
    }

    public async Task<Deflated> DeflateAsync(Uri url, int bytes) => Deflated.Read(await RunAsync("deflate", "--url", $"{url}", "--bytes", Text(bytes)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Sent Outcome(JsonElement answer, PayloadFile payload)
        => new(Text(answer, "id"), Text(answer, "state"), answer.GetProperty("size").GetInt64(), Text(answer, "sha256"), payload.Sha256, 0);

    private static string Text(JsonElement answer, string name) => answer.GetProperty(name).GetString()!;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<JsonElement> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await ForeignProcess.RunAsync(command[0], [.. command[1..], .. arguments]);
        var told = output.Count > 0 && output[^1].StartsWith('{') ? output[^1] : "{}";
        using var document = JsonDocument.Parse(told);
        if (code != 0)
        {
            throw new LibraryException(document.RootElement.TryGetProperty("error", out var words) ? $"{words}" : string.Join('\n', output.Concat(error)));
        }

        return document.RootElement.Clone();
    }
}
