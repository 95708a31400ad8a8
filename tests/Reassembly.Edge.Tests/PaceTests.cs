using Reassembly.Edge.Subscriptions;
using Reassembly.Testing;

namespace Reassembly.Edge.Tests;

/// <summary>When a message goes to another because its subscriber reads too slowly.</summary>
public sealed class PaceTests
{
    private const int Rate = Pace.LeastBytesPerSecond;

    private readonly ManualTimeProvider _time = new();
    private readonly Pace _pace;

    public PaceTests() => _pace = new Pace(TimeSpan.FromSeconds(60), _time);

    [Fact]
    public void A_frame_now_and_then_does_not_hold_a_message_for_longer_than_its_size_allows()
    {
        var began = _pace.Begin();
        var seconds = 0;
        for (; _pace.LeftOf(began) > TimeSpan.Zero; seconds++)
        {
            Pass(1);
            if (seconds % 59 == 58)
            {
                _pace.Took(8192);
            }
        }

        // Half a second more for each frame of 8 KiB, and one came in the first minute.
        Assert.Equal(61, seconds);
    }

    [Fact]
    public void Whoever_keeps_the_least_rate_may_take_as_long_as_that_takes()
    {
        var began = _pace.Begin();
        for (var second = 0; second < 100_000; second++)
        {
            Pass(1);
            _pace.Took(Rate);
            Assert.Equal(TimeSpan.FromSeconds(60), _pace.LeftOf(began));
        }
    }

    [Fact]
    public void Nothing_at_all_for_the_time_of_an_answer_is_too_slow_however_fast_it_was_before()
    {
        var began = _pace.Begin();
        Pass(1);
        _pace.Took(1 << 30);
        Pass(59);
        Assert.Equal(TimeSpan.FromSeconds(1), _pace.LeftOf(began));
        Pass(1);
        Assert.Equal(TimeSpan.Zero, _pace.LeftOf(began));

        // One that begins then has its own time.
        Assert.Equal(TimeSpan.FromSeconds(60), _pace.LeftOf(_pace.Begin()));
    }

    [Fact]
    public void Messages_that_share_a_connection_share_what_it_takes()
    {
        var first = _pace.Begin();
        Pass(50);
        _pace.Took(50 * Rate);
        var second = _pace.Begin();
        Pass(50);
        _pace.Took(50 * Rate);
        Assert.Equal(TimeSpan.FromSeconds(60), _pace.LeftOf(first));
        Assert.Equal(TimeSpan.FromSeconds(60), _pace.LeftOf(second));
    }

    private void Pass(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
