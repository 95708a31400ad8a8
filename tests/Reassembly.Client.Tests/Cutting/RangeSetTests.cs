using Reassembly.Client.Cutting;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol.Ranges;
using Xunit.Abstractions;

namespace Reassembly.Client.Tests.Cutting;

public sealed class RangeSetTests(ITestOutputHelper output)
{
    [Fact]
    public void Behaves_like_a_set_of_numbers_whatever_is_added()
    {
        output.WriteLine($"REASSEMBLY_SEED={TestPayload.Seed}");
        var random = new Random(TestPayload.Seed);
        for (var round = 0; round < 300; round++)
        {
            var set = new RangeSet();
            var model = new HashSet<long>();
            for (var step = 0; step < 30; step++)
            {
                var from = random.Next(60);
                var range = new ByteRange(from, from + random.Next(12));
                set.Add(range);
                model.UnionWith(Enumerable.Range(from, (int)range.Length).Select(value => (long)value));

                Assert.Equal(model.Count, set.Total);
                Assert.Equal(Enumerable.Range(0, 100).First(value => !model.Contains(value)), set.PrefixEnd);
                Assert.Equal(set.PrefixEnd, set.FirstGap().From);
                Assert.Equal(model.Where(value => value > set.PrefixEnd).DefaultIfEmpty(long.MaxValue).Min(), set.FirstGap().To);
                Assert.Equal(model.Count(value => value is >= 20 and < 40), set.CountWithin(new ByteRange(20, 40)));
                Assert.All(set.Ranges.Zip(set.Ranges.Skip(1)), pair => Assert.True(pair.First.To < pair.Second.From));
            }
        }
    }
}
