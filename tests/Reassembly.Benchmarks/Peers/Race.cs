using System.Globalization;
using Reassembly.Benchmarks.Reporting;

namespace Reassembly.Benchmarks.Peers;

/// <summary>Contenders that run side by side and send by turns. One that fails is left out and named in the report; the others go on.</summary>
internal sealed class Race(Report report, Payload payload, DirectoryInfo folder) : IAsyncDisposable
{
    private readonly List<Entrant> _entrants = [];
    private int _started;

    /// <summary>Of all that have run to their end so far.</summary>
    public IReadOnlyList<PeerResults> Results => [.. _entrants.Select(static entrant => entrant.Results)];

    /// <summary>Starts one more, and compares the bytes that arrive at its server.</summary>
    public Task EnterAsync(ContenderPlan plan) => WithoutLosingOthersAsync(plan, async () =>
    {
        var contender = await plan.StartAsync(folder.CreateSubdirectory(string.Create(CultureInfo.InvariantCulture, $"{++_started}")).FullName, payload);
        try
        {
            var kept = await contender.CheckAsync(payload);
            Console.WriteLine($"{plan.Name}: the same bytes at the server; {kept}");
            _entrants.Add(new Entrant(contender, new PeerResults(plan, kept)));
        }
        catch
        {
            await contender.DisposeAsync();
            throw;
        }
    });

    /// <summary>Each sends once.</summary>
    /// <param name="round">Each begins a round in turn, so that none always follows the same one.</param>
    /// <param name="isMeasured">Whether it counts.</param>
    public async Task RunAsync(int round, bool isMeasured)
    {
        var first = round % Math.Max(1, _entrants.Count);
        foreach (var entrant in (Entrant[])[.. _entrants[first..], .. _entrants[..first]])
        {
            await WithoutLosingOthersAsync(entrant.Results.Plan, async () =>
            {
                try
                {
                    await WriteBackAsync();
                    var run = await entrant.Contender.RunAsync(payload);
                    if (isMeasured)
                    {
                        entrant.Results.Runs.Add(run);
                    }
                }
                catch
                {
                    _entrants.Remove(entrant);
                    await entrant.Contender.DisposeAsync();
                    throw;
                }
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var entrant in _entrants)
        {
            await entrant.Contender.DisposeAsync();
        }
    }

    /// <summary>What one left in the page cache must not be written while the next one flushes.</summary>
    private Task WriteBackAsync() => Tools.RunAsync("sync", ["--file-system", folder.FullName], folder.FullName);

    private async Task WithoutLosingOthersAsync(ContenderPlan plan, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception fault)
        {
            // Whatever a program of others does, the rest is worth measuring.
            report.Fail(new InvalidOperationException($"{plan.Name}: left out, {fault.Message}", fault));
        }
    }

    private sealed record Entrant(Contender Contender, PeerResults Results);
}
