namespace Reassembly.Testing;

/// <summary>Waits for what another process does without telling.</summary>
public static class Eventually
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, string, TimeSpan?)"/>
    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? limit = null) => TrueAsync(() => Task.FromResult(condition()), what, limit);

    /// <param name="condition">What is waited for.</param>
    /// <param name="what">The same in words.</param>
    /// <param name="limit">How long; two minutes where it is not said.</param>
    /// <exception cref="TimeoutException">Says what did not happen.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        while (!await condition())
        {
            if (time.GetElapsedTime(started) >= (limit ?? Limit))
            {
                throw new TimeoutException($"within {(limit ?? Limit).TotalSeconds} s it did not happen that {what}");
            }

            await Task.Delay(Step, time);
        }
    }
}
