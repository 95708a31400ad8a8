using System.Text.Json;
using Reassembly.Cli.Tests.Hosting;

namespace Reassembly.Cli.Tests.Doctor;

/// <summary>The command as people and programs run it.</summary>
public sealed class DoctorCliTests
{
    [Fact]
    public async Task It_tells_people_and_programs_the_same()
    {
        await using var server = await EchoServer.StartAsync();
        await using var proxy = new FrameProxy(server.At("/echo"), new FrameProxyRules { MaxUpBytes = 8_192, Reason = "no more than that" });
        string[] arguments = ["doctor", proxy.Address.ToString(), server.At("/echo").ToString(), "--max", "100000", "--timeout", "60"];

        var (code, output, error) = await CliProcess.RunAsync([.. arguments, "--json"]);
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        var through = json.RootElement.GetProperty("urls")[0];
        var limit = Assert.Single(through.GetProperty("limits").EnumerateArray().ToList());
        Assert.Equal("frame", limit.GetProperty("scope").GetString());
        Assert.Equal(8_192, limit.GetProperty("bytes").GetInt32());
        Assert.Equal(1009, limit.GetProperty("ending").GetProperty("code").GetInt32());
        Assert.Equal("no more than that", limit.GetProperty("ending").GetProperty("reason").GetString());
        Assert.Equal(8_192, json.RootElement.GetProperty("lowest").GetProperty("bytes").GetInt32());
        Assert.Contains(json.RootElement.GetProperty("conclusions").EnumerateArray(), conclusion => conclusion.GetProperty("kind").GetString() == "raisingDoesNotHelp");

        (code, output, _) = await CliProcess.RunAsync(arguments);
        Assert.Equal(0, code);
        Assert.Contains("one frame: 8,192 bytes pass, 8,193 do not: code 1009 'no more than that'", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_codes_tell_what_was_there()
    {
        await using var server = await EchoServer.StartAsync();
        Assert.Equal(3, (await CliProcess.RunAsync("doctor", server.At("/unauthorized").ToString())).Code);
        Assert.Equal(4, (await CliProcess.RunAsync("doctor", "ws://127.0.0.1:1/")).Code);
        Assert.Equal(0, (await CliProcess.RunAsync("doctor", "ws://127.0.0.1:1/", server.At("/mute").ToString(), "--max", "1000", "--timeout", "60")).Code);
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("doctor", "http://localhost/")]
    [InlineData("doctor", "ws://localhost/", "--max", "1")]
    [InlineData("doctor", "ws://localhost/", "--timeout", "0")]
    [InlineData("doctor", "ws://localhost/", "--header", "no colon")]
    [InlineData("doctor", "ws://localhost/", "--header", "X: a\r\nY: b")]
    [InlineData("doctor", "ws://localhost/", "--subprotocol", "a b")]
    [InlineData("doctor", "ws://localhost/", "--send", "smoke")]
    [InlineData("doctor", "ws://localhost/", "--from-log", "-")]
    public async Task A_wrong_command_line_is_refused(params string[] arguments) => Assert.Equal(2, (await CliProcess.RunAsync(arguments)).Code);

    [Fact]
    public async Task Lines_are_read_from_standard_input()
    {
        using var process = CliProcess.Start("doctor", "--from-log", "-", "--json");
        await process.Input.WriteLineAsync("RangeError: Max payload size exceeded");
        process.Input.Close();
        var (code, output, error) = await process.EndAsync();

        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        var line = json.RootElement.GetProperty("lines")[0];
        Assert.Equal("ws", line.GetProperty("refuser").GetString());
        Assert.Equal("maxPayload", line.GetProperty("set").GetProperty("setting").GetString());
        Assert.Equal(7, (await CliProcess.RunAsync("doctor", "--from-log", "-")).Code);
    }

    [Fact]
    public async Task What_a_server_says_does_not_move_the_cursor()
    {
        await using var server = await EchoServer.StartAsync();
        await using var proxy = new FrameProxy(server.At("/mute"), new FrameProxyRules { MaxUpBytes = 1_024, Reason = "\u001b[2Jgone" });
        var (_, output, _) = await CliProcess.RunAsync("doctor", proxy.Address.ToString(), "--max", "10000", "--timeout", "60");
        Assert.Contains("gone", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }
}
