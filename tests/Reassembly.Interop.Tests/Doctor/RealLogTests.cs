using System.Text.Json;
using Reassembly.Interop.Tests.Hosting;

namespace Reassembly.Interop.Tests.Doctor;

/// <summary>What the real servers write when they refuse is what <c>doctor --from-log</c> explains.</summary>
public sealed class RealLogTests
{
    [LibraryFact("ws-8.12.0")]
    public Task Ws_8_12_0() => ExplainAsync("ws-8.12.0", "ws", null);

    [LibraryFact("ws-8.16.0")]
    public Task Ws_8_16_0() => ExplainAsync("ws-8.16.0", "ws", null);

    [LibraryFact("websockets")]
    public Task Python_websockets() => ExplainAsync("websockets", "websockets", LimitedServer.Limit);

    [LibraryFact("gorilla")]
    public Task Gorilla() => ExplainAsync("gorilla", "gorilla", null);

    [LibraryFact("tomcat")]
    public Task Tomcat() => ExplainAsync("tomcat", "tomcat", LimitedServer.Limit);

    [LibraryFact("tornado")]
    public async Task Tornado_writes_nothing()
    {
        await using var server = await LimitedServer.StartAsync("tornado", echo: false);
        await DoctorRun.ExamineAsync(server.Url);
        Assert.DoesNotContain(server.Log, line => line.Contains("too big", StringComparison.OrdinalIgnoreCase));
    }

    private static async Task ExplainAsync(string library, string name, int? limit)
    {
        await using var server = await LimitedServer.StartAsync(library, echo: false);
        await DoctorRun.ExamineAsync(server.Url);
        var file = Path.GetTempFileName();
        try
        {
            var findings = new List<JsonElement>();
            await Eventually.TrueAsync(async () =>
            {
                // The last words of a server may be on their way still.
                await File.WriteAllLinesAsync(file, server.Log);
                var report = await DoctorRun.ExplainAsync(file);
                findings = [.. report.GetProperty("lines").EnumerateArray().Where(line => line.TryGetProperty("refuser", out var refuser) && refuser.GetString() == name)];
                return findings.Count > 0 && (limit is null || findings.Exists(line => Limit(line) == limit));
            }, $"the doctor explains what {library} wrote");
            Assert.All(findings, line => Assert.NotEmpty(line.GetProperty("set").GetProperty("syntax").EnumerateArray()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static long? Limit(JsonElement line) => line.TryGetProperty("limit", out var limit) ? limit.GetInt64() : null;
}
