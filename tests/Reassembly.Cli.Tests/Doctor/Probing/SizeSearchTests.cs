using Reassembly.Cli.Doctor.Probing;
using Xunit.Abstractions;

namespace Reassembly.Cli.Tests.Doctor.Probing;

public sealed class SizeSearchTests(ITestOutputHelper output)
{
    private const int Max = 2_097_152;

    [Theory]
    [InlineData(8_192, 4)]
    [InlineData(32_768, 5)]
    [InlineData(65_536, 6)]
    [InlineData(131_072, 7)]
    [InlineData(1_048_576, 8)]
    [InlineData(65_535, 10)]
    [InlineData(10_240, 9)]
    [InlineData(100_000, 12)]
    public void A_usual_limit_is_found_in_few_trials(int limit, int trials)
    {
        Assert.InRange(Find(limit, out var search), 1, trials);
        Assert.True(search.IsExact);
    }

    [Fact]
    public void Any_limit_is_found_to_the_byte()
    {
        var random = Seed.Random(output.WriteLine);
        for (var round = 0; round < 2_000; round++)
        {
            var limit = random.Next(16, Max);
            var trials = Find(limit, out var search);
            Assert.Equal((limit, limit + 1, true), (search.Passed, search.Refused!.Value, search.IsExact));
            Assert.InRange(trials, 1, 40);
        }
    }

    [Fact]
    public void Without_a_limit_it_ends_at_the_largest_size()
    {
        Find(int.MaxValue, out var search);
        Assert.Equal((Max, null), (search.Passed, search.Refused));
    }

    [Fact]
    public void It_goes_on_from_what_is_known()
    {
        var search = new SizeSearch(40_000, Max, 40_003);
        var tried = new List<int>();
        while (search.Next() is { } size)
        {
            tried.Add(size);
            search.Tell(size, size <= 40_001);
        }

        Assert.Equal(40_001, search.Passed);
        Assert.All(tried, size => Assert.InRange(size, 40_001, 40_002));
    }

    private static int Find(int limit, out SizeSearch search)
    {
        search = new SizeSearch(16, Max);
        var trials = 0;
        while (search.Next() is { } size)
        {
            Assert.InRange(size, search.Passed + 1, Math.Min(Max, (search.Refused ?? (Max + 1)) - 1));
            search.Tell(size, size <= limit);
            trials++;
        }

        return trials;
    }
}
