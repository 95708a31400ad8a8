using Reassembly.Interop.Tests.Hosting;
using Reassembly.Testing.Proxying;

namespace Reassembly.Interop.Tests.Doctor;

/// <summary>A proxy that refuses frames above 32 KiB before a server that refuses messages above 64 KiB: the doctor finds the lower of the two, and that raising the other does not help.</summary>
public sealed class TwoHopTests
{
    private const int ProxyLimit = 32_768;

    [LibraryFact("ws-8.12.0")]
    public Task Ws_8_12_0() => ExamineAsync("ws-8.12.0", "ws");

    [LibraryFact("ws-8.16.0")]
    public Task Ws_8_16_0() => ExamineAsync("ws-8.16.0", "ws");

    [LibraryFact("websockets")]
    public Task Python_websockets() => ExamineAsync("websockets", "websockets");

    [LibraryFact("gorilla")]
    public Task Gorilla() => ExamineAsync("gorilla", "gorilla");

    [LibraryFact("tornado")]
    public Task Tornado() => ExamineAsync("tornado", "tornado");

    [LibraryFact("tomcat")]
    public Task Tomcat() => ExamineAsync("tomcat", "tomcat");

    private static async Task ExamineAsync(string library, string name)
    {
        await using var server = await LimitedServer.StartAsync(library, echo: false);
        await using var proxy = new FrameProxy(server.Url, new FrameProxyRules { MaxUpBytes = ProxyLimit });
        var report = await DoctorRun.ExamineAsync(proxy.Address, server.Url);

        // Through the proxy both are seen: its limit for a frame, and behind it the server's for a message that is cut.
        var through = report.GetProperty("urls")[0];
        var limits = through.GetProperty("limits").EnumerateArray().ToList();
        Assert.Equal([("frame", ProxyLimit, true), ("message", LimitedServer.Limit, false)], limits.Select(limit => (
            limit.GetProperty("scope").GetString()!, limit.GetProperty("bytes").GetInt32(), limit.GetProperty("anotherHop").GetBoolean())));
        Assert.Equal(name, limits[1].GetProperty("saidBy").GetString());
        Assert.Equal(name, through.GetProperty("looksLike")[0].GetProperty("id").GetString());

        // Past it the server alone.
        var past = Assert.Single(report.GetProperty("urls")[1].GetProperty("limits").EnumerateArray().ToList());
        Assert.Equal((LimitedServer.Limit, name), (past.GetProperty("bytes").GetInt32(), past.GetProperty("saidBy").GetString()));

        var lowest = report.GetProperty("lowest");
        Assert.Equal((ProxyLimit, proxy.Address.ToString()), (lowest.GetProperty("bytes").GetInt32(), lowest.GetProperty("url").GetString()));
        Assert.Contains(report.GetProperty("conclusions").EnumerateArray(), conclusion =>
            conclusion.GetProperty("kind").GetString() == "raisingDoesNotHelp"
            && conclusion.GetProperty("text").GetString()!.Contains($"Raising what {server.Url} has set will not help", StringComparison.Ordinal));
    }
}
