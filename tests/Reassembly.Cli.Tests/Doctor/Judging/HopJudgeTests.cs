using Reassembly.Cli.Doctor.Judging;
using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Tests.Doctor.Judging;

public sealed class HopJudgeTests
{
    private const string Through = "ws://proxy/";
    private const string Past = "ws://server/";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Raising_the_server_does_not_help_those_who_come_through_a_lower_hop(bool pastFirst)
    {
        var lower = Judge.Diagnose((Seen.Of("ws") with { Measures = [Seen.TooBig(string.Empty, Scope.Frame, 32_768), .. Seen.Of("ws").Measures] }).At(Through, frame: 32_768));
        var higher = Judge.Diagnose(Seen.Of("ws").At(Past));
        Diagnosis[] both = pastFirst ? [higher, lower] : [lower, higher];

        var lowest = HopJudge.Lowest(both)!;
        Assert.Equal((new Uri(Through), 32_768), (lowest.Url, lowest.Finding.Measure.Passed));
        var conclusions = HopJudge.Conclude(both);
        Assert.Contains(conclusions, conclusion => conclusion.Kind == "raisingDoesNotHelp" && conclusion.Text.Contains(
            $"Raising what {Past} has set will not help those who come through {Through}", StringComparison.Ordinal));
        Assert.Contains(conclusions, conclusion => conclusion.Kind == "anotherHop" && conclusion.Text.Contains("ws (Node.js) will not help", StringComparison.Ordinal));
        Assert.Contains(conclusions, conclusion => conclusion.Kind == "lowest" && conclusion.Text.Contains("32768", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_limit_on_both_ways_is_one_of_what_they_share()
    {
        var conclusions = HopJudge.Conclude([Judge.Diagnose(Seen.Of("gorilla").At(Through)), Judge.Diagnose(Seen.Of("gorilla").At(Past))]);
        Assert.Single(conclusions, conclusion => conclusion.Kind == "sameLimit");
        Assert.DoesNotContain(conclusions, conclusion => conclusion.Kind == "raisingDoesNotHelp");
    }

    [Fact]
    public void Two_servers_that_are_not_the_same_share_nothing()
    {
        var conclusions = HopJudge.Conclude([Judge.Diagnose(Seen.Of("gorilla").At(Through)), Judge.Diagnose(Seen.Of("tornado").At(Past))]);
        Assert.DoesNotContain(conclusions, conclusion => conclusion.Kind is "sameLimit" or "raisingDoesNotHelp");
    }

    [Fact]
    public void Where_nothing_was_refused_on_one_way_the_other_one_is_the_lower()
    {
        var open = Judge.Diagnose((Seen.Of("ws") with { Measures = [] }).At(Past, 2_097_152, 2_097_152));
        var conclusions = HopJudge.Conclude([open, Judge.Diagnose(Seen.Of("ws").At(Through))]);
        Assert.Contains(conclusions, conclusion => conclusion.Text.Contains("at least 2097152 bytes through " + Past, StringComparison.Ordinal));
    }

    [Fact]
    public void What_could_not_be_tried_is_not_compared()
    {
        var dead = Judge.Diagnose(new Observation(new Uri(Past)) { Unreachable = "gone" });
        Assert.Equal(["lowest"], HopJudge.Conclude([dead, Judge.Diagnose(Seen.Of("ws").At(Through))]).Select(conclusion => conclusion.Kind));
    }
}
