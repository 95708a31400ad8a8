namespace Reassembly.Interop.Tests.Doctor;

/// <summary>The doctor against this server.</summary>
public sealed class OwnServerTests
{
    [Fact]
    public async Task Every_limit_is_shown_with_the_setting_that_it_comes_from()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Limits:FrameBytes=20000");
        var url = (await DoctorRun.ExamineAsync(server.Ws)).GetProperty("urls")[0];

        Assert.Equal("reassembly", Assert.Single(url.GetProperty("looksLike").EnumerateArray().ToList()).GetProperty("id").GetString());
        var limit = Assert.Single(url.GetProperty("limits").EnumerateArray().ToList());
        Assert.Equal((20_000, 20_000L, "reassembly"), (limit.GetProperty("bytes").GetInt32(), limit.GetProperty("stated").GetInt64(), limit.GetProperty("saidBy").GetString()));

        var shown = url.GetProperty("server").EnumerateArray().ToDictionary(
            entry => entry.GetProperty("name").GetString()!,
            entry => (entry.GetProperty("value").GetInt64(), entry.GetProperty("setting").GetString(), entry.GetProperty("source").GetString()));
        Assert.Equal((20_000, "Reassembly:Limits:FrameBytes", "CommandLine"), shown["frameBytes"]);
        Assert.Equal(
            ["chunkBytes", "frameBytes", "idleSeconds", "messageBytes", "messageSeconds", "minChunkBytes", "openMessages", "retentionSeconds", "windowBytes"],
            shown.Keys.Order(StringComparer.Ordinal));
        Assert.All(shown.Values, entry => Assert.StartsWith("Reassembly:Limits:", entry.Item2, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_delivered_where_a_message_would_be_a_payload()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var report = await DoctorRun.ExamineAsync(new UriBuilder(server.Ws) { Path = "/raw", Query = "channel=examined" }.Uri);

        Assert.Empty(report.GetProperty("urls")[0].GetProperty("limits").EnumerateArray());
        using var http = new HttpClient { BaseAddress = server.Http };
        Assert.DoesNotContain("examined", await http.GetStringAsync("/channels"), StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(server.DeliveryFolder) ? Directory.EnumerateFiles(server.DeliveryFolder, "*", SearchOption.AllDirectories) : []);
    }
}
