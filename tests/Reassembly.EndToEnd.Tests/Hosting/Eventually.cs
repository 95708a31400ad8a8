namespace Reassembly.EndToEnd.Tests.Hosting;

/// <summary>Waits for what another process does without telling.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Fails the test, saying what did not happen.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        while (!await condition())
        {
            Assert.True(time.GetElapsedTime(started) < Limit, $"within {Limit.TotalSeconds} s it did not happen that {what}");
            await Task.Delay(Step, time);
        }
    }
}
