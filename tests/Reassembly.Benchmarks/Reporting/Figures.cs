using System.Globalization;

namespace Reassembly.Benchmarks.Reporting;

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

    /// <summary>Run by run, one against the other: what the machine did meanwhile hit both.</summary>
    public static double[] Ratios(IEnumerable<double> values, IEnumerable<double> to) => [.. values.Zip(to, static (value, other) => value / other)];

    /// <summary>The median, and the spread where there is more than one value.</summary>
    public static string Spread(IReadOnlyList<double> values)
        => values.Count == 1 ? Number(values[0]) : $"{Number(Median(values))} ({Number(values.Min())} to {Number(values.Max())})";

    /// <summary>With as many digits as say something.</summary>
    public static string Number(double value) => value.ToString(
        Math.Abs(value) switch
        {
            >= 1000 => "0",
            >= 100 => "0.#",
            >= 1 => "0.##",
            _ => "0.####",
        },
        CultureInfo.InvariantCulture);

    public static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        await work();
        return TimeProvider.System.GetElapsedTime(start);
    }
}
