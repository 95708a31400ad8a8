namespace Reassembly.Benchmarks.Reporting;

/// <summary>Cases that are measured in turn, round after round: what the machine does meanwhile hits all of them.</summary>
internal static class Rounds
{
    /// <summary>Measures every case once in each round.</summary>
    /// <param name="warmUps">Rounds whose results are thrown away, before the others.</param>
    /// <param name="runs">Rounds that count.</param>
    /// <param name="cases">What to measure.</param>
    /// <returns>For each case the results of its runs, in order.</returns>
    public static async Task<IReadOnlyList<T>[]> RunAsync<T>(int warmUps, int runs, params IReadOnlyList<Func<Task<T>>> cases)
    {
        var results = cases.Select(static _ => new List<T>()).ToArray();
        for (var round = -Effort.Runs(warmUps); round < Effort.Runs(runs); round++)
        {
            for (var index = 0; index < cases.Count; index++)
            {
                var result = await cases[index]();
                if (round >= 0)
                {
                    results[index].Add(result);
                }
            }
        }

        return results;
    }
}
