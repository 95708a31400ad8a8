using Reassembly.Protocol.Ranges;
using Reassembly.Protocol.Tests.Support;
using Xunit.Abstractions;

namespace Reassembly.Protocol.Tests;

public sealed class RangeSetTests(ITestOutputHelper output)
{
    private const int Span = 64;

    [Fact]
    public void Every_question_is_answered_as_by_an_array_of_bits()
    {
        var random = Seeded.Random(output);
        for (var round = 0; round < 2_000; round++)
        {
            var set = new RangeSet();
            var model = new bool[Span];
            for (var step = 0; step < 12; step++)
            {
                var range = RandomRange(random);
                set.Add(range);
                Array.Fill(model, true, (int)range.From, (int)range.Length);
                AssertSame(model, set, RandomRange(random), random.Next(Span));
            }
        }
    }

    [Fact]
    public void Ranges_that_touch_become_one()
    {
        var set = new RangeSet([new ByteRange(0, 10), new ByteRange(20, 30)]);
        set.Add(new ByteRange(10, 20));
        Assert.Equal([new ByteRange(0, 30)], set.ToArray());
        Assert.Equal(30, set.Bytes);
        Assert.Equal(30, set.Prefix);
    }

    [Fact]
    public void Gaps_stop_at_the_limit()
    {
        var set = new RangeSet([new ByteRange(1, 2), new ByteRange(3, 4), new ByteRange(5, 6)]);
        var gaps = new List<ByteRange>();
        set.Gaps(new ByteRange(0, 100), gaps, 2);
        Assert.Equal([new ByteRange(0, 1), new ByteRange(2, 3)], gaps);
    }

    private static ByteRange RandomRange(Random random)
    {
        var from = random.Next(Span);
        return new ByteRange(from, random.Next(from, Span + 1));
    }

    private static void AssertSame(bool[] model, RangeSet set, ByteRange asked, int position)
    {
        var expected = Runs(model, new ByteRange(0, Span), true);
        Assert.Equal(expected, set.ToArray());
        Assert.Equal(model.Count(bit => bit), set.Bytes);
        Assert.Equal(expected.Count > 0 ? expected[^1].To : 0, set.End);
        Assert.Equal(expected.Count > 0 && expected[0].From == 0 ? expected[0].To : 0, set.Prefix);

        var inside = Runs(model, asked, true);
        var intersection = new List<ByteRange>();
        set.Intersect(asked, intersection);
        Assert.Equal(inside, intersection);
        Assert.Equal(inside.Count > 0, set.Overlaps(asked));

        Assert.Equal(inside.Sum(range => range.Length), set.CountWithin(asked));
        var lowest = set.FirstGap();
        Assert.Equal(set.Prefix, lowest.From);
        Assert.Equal(expected.Where(range => range.From > 0).Select(range => range.From).DefaultIfEmpty(long.MaxValue).First(), lowest.To);

        var gaps = new List<ByteRange>();
        set.Gaps(asked, gaps);
        Assert.Equal(Runs(model, asked, false), gaps);

        var containing = set.Containing(position);
        Assert.Equal(model[position], !containing.IsEmpty && containing.From <= position && position < containing.To);
        if (!asked.IsEmpty)
        {
            var touches = expected.Any(range => range.From <= asked.To && asked.From <= range.To);
            Assert.Equal(touches, set.Touches(asked));
        }
    }

    private static List<ByteRange> Runs(bool[] model, ByteRange within, bool value)
    {
        var runs = new List<ByteRange>();
        for (var index = within.From; index < within.To; index++)
        {
            if (model[index] != value)
            {
                continue;
            }

            if (runs.Count > 0 && runs[^1].To == index)
            {
                runs[^1] = new ByteRange(runs[^1].From, index + 1);
            }
            else
            {
                runs.Add(new ByteRange(index, index + 1));
            }
        }

        return runs;
    }
}
