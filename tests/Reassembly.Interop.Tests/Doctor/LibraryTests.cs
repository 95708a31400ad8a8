using System.Text.Json;
using Reassembly.Interop.Tests.Hosting;
using Xunit.Abstractions;

namespace Reassembly.Interop.Tests.Doctor;

/// <summary>The doctor against the real servers, each set to 64 KiB: it names limit and library, and what to set.</summary>
public sealed class LibraryTests(ITestOutputHelper output)
{
    [LibraryFact("ws-8.12.0")]
    public Task Ws_8_12_0() => ExamineAsync("ws-8.12.0", "ws", "maxPayload", string.Empty);

    [LibraryFact("ws-8.16.0")]
    public Task Ws_8_16_0() => ExamineAsync("ws-8.16.0", "ws", "maxPayload", string.Empty);

    [LibraryFact("websockets")]
    public Task Python_websockets() => ExamineAsync("websockets", "websockets", "max_size", string.Empty);

    [LibraryFact("gorilla")]
    public Task Gorilla() => ExamineAsync("gorilla", "gorilla", "SetReadLimit", string.Empty);

    [LibraryFact("tornado")]
    public Task Tornado() => ExamineAsync("tornado", "tornado", "websocket_max_message_size", "message too big");

    [LibraryFact("tomcat")]
    public Task Tomcat() => ExamineAsync("tomcat", "tomcat", "maxBinaryMessageBufferSize, maxTextMessageBufferSize", "No async message support and buffer too small. Buffer size: [65,536], Message size: [65,537]");

    [LibraryFact("tomcat")]
    public async Task Tomcat_has_a_buffer_of_its_own_for_text()
    {
        await using var server = await LimitedServer.StartAsync("tomcat", echo: false);
        var url = (await DoctorRun.ExamineAsync(server.Url.ToString(), "--send", "text")).GetProperty("urls")[0];
        Check(url, "tomcat", "maxBinaryMessageBufferSize, maxTextMessageBufferSize", "The decoded text message was too big for the output buffer and the endpoint does not support partial messages");
        Assert.Equal("text", url.GetProperty("sent").GetString());
    }

    private async Task ExamineAsync(string library, string name, string setting, string reason)
    {
        foreach (var echo in new[] { true, false })
        {
            await using var server = await LimitedServer.StartAsync(library, echo);
            var url = (await DoctorRun.ExamineAsync(server.Url)).GetProperty("urls")[0];
            output.WriteLine($"{server.Version}: {url}");

            Check(url, name, setting, reason);
            Assert.Equal("pong", url.GetProperty("proof").GetString());
            Assert.Equal(echo, url.GetProperty("echoes").GetBoolean());
            Assert.Equal(echo, url.TryGetProperty("largestEcho", out var largest) && largest.GetInt32() == LimitedServer.Limit);
            Assert.False(url.TryGetProperty("late", out _));
            Assert.False(url.GetProperty("spent").GetProperty("cutShort").GetBoolean());
        }
    }

    private static void Check(JsonElement url, string name, string setting, string reason)
    {
        var identity = Assert.Single(url.GetProperty("looksLike").EnumerateArray().ToList());
        Assert.Equal((name, "sure"), (identity.GetProperty("id").GetString(), identity.GetProperty("certainty").GetString()));

        var limit = Assert.Single(url.GetProperty("limits").EnumerateArray().ToList());
        Assert.Equal((LimitedServer.Limit, LimitedServer.Limit + 1, true), (limit.GetProperty("bytes").GetInt32(), limit.GetProperty("refused").GetInt32(), limit.GetProperty("exact").GetBoolean()));
        Assert.Equal(("message", "up", false), (limit.GetProperty("scope").GetString(), limit.GetProperty("direction").GetString(), limit.GetProperty("anotherHop").GetBoolean()));
        Assert.Equal((name, "sure"), (limit.GetProperty("saidBy").GetString(), limit.GetProperty("certainty").GetString()));

        var ending = limit.GetProperty("ending");
        Assert.Equal((1009, true, reason), (ending.GetProperty("code").GetInt32(), ending.GetProperty("closeFrame").GetBoolean(), ending.GetProperty("reason").GetString()));
        Assert.Equal(setting, Assert.Single(url.GetProperty("set").EnumerateArray().ToList()).GetProperty("setting").GetString());
    }
}
