using System.Net;
using System.Net.Sockets;
using Reassembly.Cli.Doctor;
using Reassembly.Cli.Doctor.Judging;
using Reassembly.Cli.Doctor.Probing;
using Reassembly.Cli.Tests.Hosting;

namespace Reassembly.Cli.Tests.Doctor.Probing;

/// <summary>What is seen through a proxy that refuses frames, in front of a server that refuses none.</summary>
public sealed class ProberTests : IAsyncLifetime
{
    private const int Max = 300_000;
    private const int Limit = 32_768;

    /// <summary>Above the limit for few sizes only, where those vanish: each costs the whole time-out.</summary>
    private const int LittleMore = 66_000;

    private const double LongTimeoutSeconds = 4;

    private EchoServer _server = null!;

    public async Task InitializeAsync() => _server = await EchoServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("/echo", true)]
    [InlineData("/mute", false)]
    public async Task Without_a_limit_everything_passes(string path, bool echoes)
    {
        var seen = await ExamineAsync(_server.At(path));
        Assert.Empty(seen.Measures);
        Assert.Equal((Max, Max, echoes ? Max : null), (seen.LargestFrame, seen.LargestMessage, seen.LargestEcho));
        Assert.Null(seen.Late);
        Assert.False(seen.Spending.CutShort);
        Assert.InRange(seen.Spending.SentBytes, Max, 4 * Max);
    }

    [Theory]
    [InlineData("/echo")]
    [InlineData("/mute")]
    public async Task A_limit_for_frames_is_told_from_one_for_messages(string path)
    {
        await using var proxy = new FrameProxy(_server.At(path), new FrameProxyRules { MaxUpBytes = Limit, Reason = "too big for me" });
        var seen = await ExamineAsync(proxy.Address);

        var measure = Assert.Single(seen.Measures);
        Assert.Equal((Scope.Frame, Direction.Up, Limit, Limit + 1, true), (measure.Scope, measure.Direction, measure.Passed, measure.Refused, measure.IsExact));
        Assert.Equal((1009, "too big for me"), (measure.By.Ending!.Code, measure.By.Ending.Reason));
        Assert.Equal((Limit, Max), (seen.LargestFrame, seen.LargestMessage));
        Assert.InRange(proxy.Refused, 1, seen.Spending.Trials);
    }

    [Fact]
    public async Task What_is_refused_on_its_way_back_is_not_blamed_on_the_way_there()
    {
        await using var proxy = new FrameProxy(_server.At("/echo"), new FrameProxyRules { MaxDownBytes = Limit });
        var seen = await ExamineAsync(proxy.Address);

        var measure = Assert.Single(seen.Measures);
        Assert.Equal((Direction.Down, Limit, Limit + 1), (measure.Direction, measure.Passed, measure.Refused));
        Assert.Equal((Max, Limit), (seen.LargestFrame, seen.LargestEcho));
    }

    [Fact]
    public async Task What_vanishes_on_its_way_back_is_missed()
    {
        await using var proxy = new FrameProxy(_server.At("/echo"), new FrameProxyRules { MaxDownBytes = Limit, Refusal = FrameRefusal.Swallow });
        var seen = await ExamineAsync(proxy.Address, LongTimeoutSeconds, LittleMore);

        var measure = Assert.Single(seen.Measures);
        Assert.Equal((Direction.Down, Limit), (measure.Direction, measure.Passed));
        Assert.Equal(LittleMore, seen.LargestFrame);
    }

    [Fact]
    public async Task A_reset_is_seen_as_one()
    {
        await using var proxy = new FrameProxy(_server.At("/mute"), new FrameProxyRules { MaxUpBytes = Limit, Refusal = FrameRefusal.Reset });
        var seen = await ExamineAsync(proxy.Address);

        var ending = Assert.Single(seen.Measures).By.Ending!;
        Assert.Equal((false, true, 1006), (ending.HasFrame, ending.Reset, ending.ShownCode));
    }

    [Fact]
    public async Task A_message_that_vanishes_is_no_message_that_passed()
    {
        await using var proxy = new FrameProxy(_server.At("/echo"), new FrameProxyRules { MaxUpBytes = Limit, Refusal = FrameRefusal.Swallow });
        var seen = await ExamineAsync(proxy.Address, LongTimeoutSeconds, LittleMore);

        // The ping behind it arrives, and is answered; that the message does not come back is what tells.
        Assert.Contains(seen.Measures, measure => measure.Passed == Limit);
    }

    [Fact]
    public async Task A_peer_without_pongs_is_judged_by_what_it_does_not_refuse()
    {
        await using var proxy = new FrameProxy(_server.At("/mute"), new FrameProxyRules { MaxUpBytes = Limit, LetsPongsThrough = false });
        var seen = await ExamineAsync(proxy.Address, LongTimeoutSeconds, LittleMore);

        Assert.Equal(Proof.Quiet, seen.Baseline!.Proof);
        Assert.Equal(Limit, Assert.Single(seen.Measures, measure => measure.Scope == Scope.Frame).Passed);
    }

    [Fact]
    public async Task A_protocol_of_its_own_is_not_taken_for_a_limit()
    {
        var seen = await ExamineAsync(_server.At("/picky"));
        Assert.Empty(seen.Measures);
        Assert.Equal((Verdict.Refused, 1007, "not my protocol"), (seen.Baseline!.Verdict, seen.Baseline.Ending!.Code, seen.Baseline.Ending.Reason));
        Assert.Equal(PayloadKind.Text, seen.Kind);
    }

    [Fact]
    public async Task A_hub_of_SignalR_is_measured_in_its_own_protocol()
    {
        var diagnosis = Judge.Diagnose(await ExamineAsync(_server.At("/hub")));

        Assert.Equal("signalr", Assert.Single(diagnosis.LooksLike).Library.Id);
        var finding = Assert.Single(diagnosis.Findings);
        Assert.Equal((32_768, 32_769), (finding.Measure.Passed, finding.Measure.Refused));
        Assert.Equal(("signalr", false), (finding.By?.Id, finding.IsAnotherHop));
        Assert.Equal("MaximumReceiveMessageSize", Assert.Single(diagnosis.ToSet).Setting);
    }

    [Fact]
    public async Task Whoever_cancels_is_not_told_about_servers()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var cancellation = new CancellationTokenSource();
        var examining = new Prober(
            new Uri($"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"), new DoctorOptions(Max, TimeSpan.FromMinutes(5), [], null, null), TimeProvider.System)
            .ExamineAsync(cancellation.Token);
        using var accepted = await listener.AcceptSocketAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => examining);
    }

    [Theory]
    [InlineData("/unauthorized", 401, "who are you?")]
    [InlineData("/nowhere", 404, "nothing here")]
    public async Task A_refused_upgrade_is_shown_as_it_came(string path, int status, string body)
    {
        var seen = await ExamineAsync(_server.At(path));
        Assert.False(seen.IsUpgraded);
        Assert.Equal(status, seen.Upgrade!.Head.Status);
        Assert.Contains(body, seen.Upgrade.Body, StringComparison.Ordinal);
        Assert.Equal(0, seen.Spending.Trials);
    }

    [Fact]
    public async Task It_stops_when_it_would_cost_too_much()
    {
        const int OneMiB = 1 << 20;
        await using var proxy = new FrameProxy(_server.At("/echo"), new FrameProxyRules { MaxUpBytes = 999_999 });
        var options = new DoctorOptions(OneMiB, TimeSpan.FromSeconds(20), [], null, PayloadKind.Binary);
        var seen = await new Prober(proxy.Address, options, TimeProvider.System).ExamineAsync(CancellationToken.None);

        Assert.True(seen.Spending.CutShort);
        Assert.InRange(seen.Spending.SentBytes + seen.Spending.ReceivedBytes, OneMiB, 18L * OneMiB);
        var measure = seen.Measures[0];
        Assert.InRange(999_999, measure.Passed, measure.Refused - 1);
        Assert.False(measure.IsExact);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n", "something else than HTTP")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n\r\n", "wrong Sec-WebSocket-Accept")]
    [InlineData("", "does not answer within 1 s")]
    public async Task What_is_no_WebSocket_is_said_in_a_sentence(string answer, string sentence)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepted = listener.AcceptSocketAsync();
        var examining = ExamineAsync(new Uri($"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"), timeout: answer.Length > 0 ? 30 : 1);
        using var socket = await accepted;
        if (answer.Length > 0)
        {
            await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(answer));
        }

        Assert.Contains(sentence, (await examining).Unreachable!, StringComparison.Ordinal);
    }

    private static Task<Observation> ExamineAsync(Uri url, double timeout = 10, int max = Max)
        => new Prober(url, new DoctorOptions(max, TimeSpan.FromSeconds(timeout), [], null, null), TimeProvider.System).ExamineAsync(CancellationToken.None);
}
