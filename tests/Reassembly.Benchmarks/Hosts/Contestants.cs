using Reassembly.Testing;
using Reassembly.Testing.Cluster;

namespace Reassembly.Benchmarks.Hosts;

/// <summary>The servers of a comparison, each with a client of its own; all of them end with it.</summary>
internal sealed class Contestants : IAsyncDisposable
{
    private readonly List<Contestant> _all = [];
    private readonly List<IAsyncDisposable> _owned = [];

    public IReadOnlyList<Contestant> All => _all;

    /// <summary>Adds a server, which is this list's from here on.</summary>
    /// <param name="name">How it is called in the report.</param>
    /// <param name="server">The server.</param>
    /// <param name="hasCredit">Whether it is one of ours: it names a credit and says when a message is gone.</param>
    public Contestant Add(string name, HostProcess server, bool hasCredit = true)
    {
        var contestant = new Contestant(name, server, hasCredit);
        _owned.Add(server);
        _all.Add(contestant);
        return contestant;
    }

    /// <summary>Adds a node on a PostgreSQL of its own.</summary>
    /// <param name="name">How it is called in the report.</param>
    /// <param name="payload">Where payload lies: the setting <c>Reassembly:Postgres:Payload</c>.</param>
    public async Task AddClusterAsync(string name, string payload)
    {
        var cluster = await NodeCluster.StartAsync(
            NodeKind.Server, 1, "--Reassembly:Delivery:Directory=", $"--Reassembly:Postgres:Payload={payload}", "--Reassembly:Limits:RetentionSeconds=1");
        _owned.Add(cluster);
        _all.Add(new Contestant(name, cluster.Nodes[0], hasCredit: true));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var contestant in _all)
        {
            await contestant.DisposeAsync();
        }

        foreach (var owned in _owned)
        {
            await owned.DisposeAsync();
        }
    }
}
