using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Reassembly.Client.Tests.Cli;

public sealed class ChannelsCliTests : IAsyncLifetime
{
    private const string Channel = "a/b ü";
    private const string Id = "0199c0de-0000-7000-8000-000000000001";

    private readonly List<string> _asked = [];
    private readonly WebApplication _server = Build();
    private string _to = string.Empty;

    public async Task InitializeAsync()
    {
        _server.Use((context, next) =>
        {
            _asked.Add($"{context.Request.Method} {context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget}");
            return next(context);
        });
        _server.MapGet("/base/channels", () => Results.Text(
            """
            {"channels":[{"channel":"invoices","waiting":3,"inFlight":1,"dead":0,"oldest":"2026-11-24T10:00:00Z","new":1},
                         {"channel":"c","waiting":0,"inFlight":0,"dead":12}]}
            """));
        _server.MapGet("/base/channels/{name}/dead-letters", (string? after) => Results.Text(
            after is null
                ? $$"""{"deadLetters":[{{string.Join(',', Enumerable.Range(0, 100).Select(Letter))}}],"next":"12 +/ü"}"""
                : $$"""{"deadLetters":[{{Letter(0)}}]}"""));
        _server.MapGet("/base/channels/{name}", () => Results.Text(
            """
            {"channel":"a/b ü","waiting":3,"inFlight":1,"dead":12,"oldest":"2026-11-24T10:00:00Z","sinks":[
                {"sink":"subscribers","waiting":0,"inFlight":1,"dead":0,"oldest":"2026-11-24T10:00:00Z"},
                {"sink":"webhook:a","waiting":3,"inFlight":0,"dead":12,"oldest":"2026-11-24T11:00:00Z","unservedSince":"2026-11-24T12:00:00Z"}]}
            """));
        _server.MapPost($"/base/channels/{{name}}/dead-letters/{Id}/retry", () => Results.NoContent());
        _server.MapDelete($"/base/channels/{{name}}/dead-letters/{Id}", () => Results.Json(
            new { type = "error", code = "FORBIDDEN", message = "not yours to drop" }, statusCode: 403));
        await _server.StartAsync();
        _to = _server.Urls.First().Replace("http://", "ws://", StringComparison.Ordinal) + "/base/ws";
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Channels_are_a_table_or_json()
    {
        var (code, output, error) = await CliProcess.RunAsync("channels", "--to", _to);
        Assert.True(code == 0, error);
        Assert.Equal(
            """
            CHANNEL   WAITING  IN FLIGHT  DEAD  OLDEST
            invoices  3        1          0     2026-11-24T10:00:00Z
            c         0        0          12    -

            """,
            output);

        (_, output, _) = await CliProcess.RunAsync("channels", "--json", "--to", _to);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(12, json.RootElement.GetProperty("channels")[1].GetProperty("dead").GetInt32());
        Assert.False(json.RootElement.GetProperty("channels")[1].TryGetProperty("oldest", out _));
    }

    [Fact]
    public async Task One_channel_is_shown_sink_by_sink()
    {
        var (code, output, error) = await CliProcess.RunAsync("channels", Channel, "--to", _to);
        Assert.True(code == 0, error);
        Assert.Equal(
            """
            SINK                        WAITING  IN FLIGHT  DEAD  OLDEST
            subscribers                 0        1          0     2026-11-24T10:00:00Z
            webhook:a (not configured)  3        0          12    2026-11-24T11:00:00Z
            all                         3        1          12    2026-11-24T10:00:00Z

            """,
            output);
        Assert.Equal(["GET /base/channels/a%2Fb%20%C3%BC"], _asked);

        (_, output, _) = await CliProcess.RunAsync("channels", Channel, "--json", "--to", _to);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("2026-11-24T12:00:00+00:00", json.RootElement.GetProperty("sinks")[1].GetProperty("unservedSince").GetString());
        Assert.False(json.RootElement.GetProperty("sinks")[0].TryGetProperty("unservedSince", out _));
    }

    [Fact]
    public async Task Dead_letters_are_listed_page_by_page()
    {
        var (code, output, error) = await CliProcess.RunAsync("dead-letters", "list", "--channel", Channel, "--to", _to);

        Assert.True(code == 0, error);
        var lines = output.Trim().Split('\n');
        Assert.Equal(102, lines.Length);
        Assert.Equal(["0199c0de-0000-7000-8000-000000000099", "subscribers", "5", "2026-11-24T10:00:00Z", "7", "it", "broke"], lines[100].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(
            ["GET /base/channels/a%2Fb%20%C3%BC/dead-letters?limit=100", "GET /base/channels/a%2Fb%20%C3%BC/dead-letters?after=12%20%2B%2F%C3%BC&limit=100"],
            _asked);
    }

    [Fact]
    public async Task A_dead_letter_is_retried_and_what_the_server_refuses_is_said_in_its_words()
    {
        var (code, output, error) = await CliProcess.RunAsync("dead-letters", "retry", Id, "--channel", Channel, "--to", _to);
        Assert.True(code == 0, error);
        Assert.StartsWith(Id, output, StringComparison.Ordinal);
        Assert.Equal([$"POST /base/channels/a%2Fb%20%C3%BC/dead-letters/{Id}/retry"], _asked);

        (code, _, error) = await CliProcess.RunAsync("dead-letters", "drop", Id, "--channel", Channel, "--to", _to);
        Assert.Equal(1, code);
        Assert.Contains("not yours to drop", error, StringComparison.Ordinal);

        (code, _, error) = await CliProcess.RunAsync("dead-letters", "retry", Id.Replace('1', '2'), "--channel", Channel, "--to", _to);
        Assert.Equal(6, code);
        Assert.Contains("no dead letter", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_given_up()
    {
        await _server.StopAsync();
        Assert.Equal(4, (await CliProcess.RunAsync("channels", "--to", _to, "--give-up", "0.1")).Code);
        Assert.Equal(2, (await CliProcess.RunAsync("dead-letters", "list", "--to", _to)).Code);
    }

    private static string Letter(int number)
        => $$"""{"id":"0199c0de-0000-7000-8000-{{number:000000000000}}","sink":"subscribers","attempts":5,"error":"it\nbroke","since":"2026-11-24T10:00:00Z","size":7,"sha256":"{{new string('a', 64)}}"}""";

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder.Build();
    }
}
