namespace Reassembly.Receivers;

/// <summary>What a receiver does with a message takes its time: up to so many milliseconds, and never the same.</summary>
internal sealed class Work(int mostMs, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();

    public Task DoAsync()
    {
        lock (_gate)
        {
            return Task.Delay(TimeSpan.FromMilliseconds(_random.NextDouble() * mostMs), TimeProvider.System);
        }
    }
}
