using Reassembly.Cli.Doctor.Judging;
using Reassembly.Cli.Doctor.Limits;
using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Tests.Doctor.Judging;

public sealed class JudgeTests
{
    private const string Accepted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\nDate: x";

    [Theory]
    [InlineData("ws", null, "maxPayload")]
    [InlineData("websockets", "10.4", "max_size")]
    [InlineData("gorilla", null, "SetReadLimit")]
    [InlineData("tornado", "6.2", "websocket_max_message_size")]
    [InlineData("tomcat", null, "maxBinaryMessageBufferSize, maxTextMessageBufferSize")]
    public void Each_library_is_told_by_what_it_was_seen_to_do(string server, string? version, string setting)
    {
        var diagnosis = Judge.Diagnose(Seen.Of(server));

        var identity = Assert.Single(diagnosis.LooksLike);
        Assert.Equal((server, version, Certainty.Sure), (identity.Library.Id, identity.Version, identity.Certainty));
        Assert.NotEmpty(identity.Because);
        var finding = Assert.Single(diagnosis.Findings);
        Assert.Equal((server, false, Certainty.Sure), (finding.By?.Id, finding.IsAnotherHop, finding.Certainty));
        Assert.Equal(setting, Assert.Single(diagnosis.ToSet).Setting);
    }

    [Fact]
    public void A_limit_that_the_reason_names_is_told()
        => Assert.Equal(65_536, Assert.Single(Judge.Diagnose(Seen.Of("tomcat")).Findings).Stated);

    [Theory]
    [InlineData("ws")]
    [InlineData("websockets")]
    [InlineData("gorilla")]
    [InlineData("tornado")]
    [InlineData("tomcat")]
    public void A_limit_for_frames_is_not_one_of_a_library_that_counts_messages(string server)
    {
        var seen = Seen.Of(server) with { Measures = [Seen.TooBig(string.Empty, Scope.Frame, 32_768), .. Seen.Of(server).Measures] };
        var diagnosis = Judge.Diagnose(seen);

        Assert.Equal([true, false], diagnosis.Findings.Select(finding => finding.IsAnotherHop));
        Assert.Equal([null, server], diagnosis.Findings.Select(finding => finding.By?.Id));
    }

    [Theory]
    [InlineData("ws", "message too large for this proxy")]
    [InlineData("tornado", "")]
    [InlineData("tomcat", "")]
    public void Who_words_it_otherwise_is_another_hop(string server, string reason)
    {
        var finding = Assert.Single(Judge.Diagnose(Seen.Of(server, Seen.TooBig(reason))).Findings);
        Assert.True(finding.IsAnotherHop);
        Assert.Null(finding.By);
    }

    [Fact]
    public void A_proxy_that_is_known_for_such_a_limit_is_named()
    {
        var seen = Seen.New(Accepted + "\r\nServer: openresty/1.21.4", "HTTP/1.1 426 Upgrade Required\r\nServer: openresty/1.21.4", "Upgrade Required", null, Seen.TooBig(string.Empty, Scope.Frame, 65_535));
        var diagnosis = Judge.Diagnose(seen);

        Assert.Equal(["ws", "openresty"], diagnosis.LooksLike.Select(identity => identity.Library.Id));
        Assert.Equal("1.21.4", diagnosis.LooksLike[1].Version);
        var finding = Assert.Single(diagnosis.Findings);
        Assert.Equal(("openresty", true), (finding.By?.Id, finding.IsAnotherHop));
    }

    [Fact]
    public void Words_of_another_library_outweigh_the_one_that_was_recognized()
    {
        var diagnosis = Judge.Diagnose(Seen.Of("ws", Seen.TooBig("Max frame length of 65536 has been exceeded.")));
        Assert.Equal(["ws", "netty"], diagnosis.LooksLike.Select(identity => identity.Library.Id));
        var finding = Assert.Single(diagnosis.Findings);
        Assert.Equal(("netty", true, 65_536L), (finding.By?.Id, finding.IsAnotherHop, finding.Stated));
    }

    [Fact]
    public void A_reset_is_told_as_1006_and_is_not_blamed_for_sure()
    {
        var diagnosis = Judge.Diagnose(Seen.Of("ws", Seen.Torn()));
        Assert.Equal(Certainty.Perhaps, Assert.Single(diagnosis.Findings).Certainty);
        Assert.Contains(diagnosis.Remarks, remark => remark.Contains("1006", StringComparison.Ordinal));
    }

    [Fact]
    public void A_message_that_vanishes_is_some_other_hops_doing()
    {
        var swallowed = new Measure(Scope.Message, Direction.Up, 10, 11, new TrialResult(TrialShape.Single, 11, Verdict.Swallowed, Proof.Quiet));
        Assert.True(Assert.Single(Judge.Diagnose(Seen.Of("ws", swallowed)).Findings).IsAnotherHop);
    }

    [Fact]
    public void Signs_that_many_share_are_not_enough_to_be_sure()
    {
        var seen = Seen.New(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x", null, string.Empty, null, Seen.TooBig(string.Empty));
        var diagnosis = Judge.Diagnose(seen);

        Assert.Contains("ws", diagnosis.LooksLike.Select(identity => identity.Library.Id));
        Assert.Contains("gorilla", diagnosis.LooksLike.Select(identity => identity.Library.Id));
        Assert.All(diagnosis.LooksLike, identity => Assert.Equal(Certainty.Perhaps, identity.Certainty));
    }

    [Theory]
    [InlineData("wss://abc123.execute-api.eu-west-1.amazonaws.com/prod", "api-gateway")]
    [InlineData("wss://mine.webpubsub.azure.com/client/hubs/x", "web-pubsub")]
    [InlineData("wss://mine.service.signalr.net/client/?hub=x", "azure-signalr")]
    public void Services_are_told_by_their_address(string url, string service)
    {
        var seen = Seen.New(Accepted, null, string.Empty, null, Seen.TooBig(string.Empty, Scope.Message, 131_072)) with { Url = new Uri(url) };
        var diagnosis = Judge.Diagnose(seen);

        Assert.Equal(service, diagnosis.LooksLike[^1].Library.Id);
        Assert.Equal(service, Assert.Single(diagnosis.Findings).By?.Id);
        if (service != "azure-signalr")
        {
            Assert.Contains(HopJudge.Conclude([diagnosis]), conclusion => conclusion.Kind == "fixed");
        }
    }

    [Fact]
    public void A_Reassembly_server_is_told_by_its_limits_and_by_its_answer()
    {
        var limits = new ServerLimits(new Dictionary<string, long> { ["frameBytes"] = 65_536 }, new Dictionary<string, SettingSource>());
        var by = new TrialResult(TrialShape.Single, 65_537, Verdict.Refused, Proof.Pong, Refusal: new StatedRefusal("FRAME_TOO_BIG", 65_536, "node-1"));
        var seen = Seen.New(Accepted + "\r\nServer: Kestrel", null, string.Empty, null, new Measure(Scope.Message, Direction.Up, 65_536, 65_537, by)) with { Limits = limits };
        var diagnosis = Judge.Diagnose(seen);

        Assert.Equal("reassembly", Assert.Single(diagnosis.LooksLike).Library.Id);
        var finding = Assert.Single(diagnosis.Findings);
        Assert.Equal(("reassembly", 65_536L), (finding.By?.Id, finding.Stated));
    }

    [Fact]
    public void Every_library_of_a_clue_is_known() => Assert.All(Clues.All, clue => Libraries.Get(clue.Library));

    [Fact]
    public void Every_library_that_has_a_limit_says_how_to_set_it_or_that_nobody_can()
        => Assert.All(Libraries.All.Where(library => library.Counts != Counts.Nothing), library => Assert.True(library.IsFixed || (library.Setting is not null && library.Syntax.Count > 0), library.Id));
}
