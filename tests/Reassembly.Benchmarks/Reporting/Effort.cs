namespace Reassembly.Benchmarks.Reporting;

/// <summary>
/// How much is measured: all of it, or next to nothing, to see in a short time that a scenario works. A trial is what
/// <c>REASSEMBLY_TRIAL=1</c> asks for; its figures mean nothing, and its results are kept apart.
/// </summary>
internal static class Effort
{
    private const int Part = 32;

    public static bool IsTrial { get; } = Environment.GetEnvironmentVariable("REASSEMBLY_TRIAL") is { Length: > 0 } and not "0";

    /// <summary>How often to measure, or to warm up.</summary>
    public static int Runs(int runs) => IsTrial ? 1 : runs;

    /// <summary>How many bytes, messages or rounds; a multiple of <paramref name="of"/>.</summary>
    public static long Of(long amount, long of = 1) => IsTrial ? Math.Max(of, amount / Part / of * of) : amount;

    public static int Of(int amount, int of = 1) => (int)Of((long)amount, of);
}
