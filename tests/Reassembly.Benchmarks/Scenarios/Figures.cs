using System.Globalization;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>Medians and how they are printed. Machines are shared and noisy: what counts is the ratio of interleaved runs.</summary>
internal static class Figures
{
    public const double MiB = 1 << 20;

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The smallest value that so large a part of all is not above.</summary>
    public static double Quantile(IEnumerable<double> values, double quantile)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Ceiling(quantile * sorted.Length) - 1];
    }

    public static string Spread(IReadOnlyCollection<double> values)
        => string.Create(CultureInfo.InvariantCulture, $"{Median(values):0.##} ({values.Min():0.##} to {values.Max():0.##})");

    /// <summary>Prints the verdict on a bar.</summary>
    public static bool Bar(string what, double actual, double bar, bool atLeast)
    {
        var reached = atLeast ? actual >= bar : actual <= bar;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(reached ? "reached" : "MISSED")}: {what} {actual:0.###}, bar {(atLeast ? ">=" : "<=")} {bar:0.###}"));
        return reached;
    }

    public static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        await work();
        return TimeProvider.System.GetElapsedTime(start);
    }
}
