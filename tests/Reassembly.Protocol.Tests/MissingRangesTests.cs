using Reassembly.Protocol.Ranges;

namespace Reassembly.Protocol.Tests;

public sealed class MissingRangesTests
{
    private static readonly ByteRange[] Three = [new(0, 5), new(10, 15), new(20, 25)];

    [Fact]
    public void Ranges_that_fit_stay_as_they_are()
    {
        Assert.Equal(Three, MissingRanges.Fit(Three, 3));
        Assert.Empty(MissingRanges.Fit([], 1));
    }

    [Fact]
    public void Last_range_reaches_over_those_that_have_none_of_their_own()
    {
        Assert.Equal([new(0, 5), new(10, 25)], MissingRanges.Fit(Three, 2));
        Assert.Equal([new(0, 25)], MissingRanges.Fit(Three, 1));
    }

    [Fact]
    public void None_at_all_is_refused()
        => Assert.Throws<ArgumentOutOfRangeException>(() => MissingRanges.Fit(Three, 0));
}
