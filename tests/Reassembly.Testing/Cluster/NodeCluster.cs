using System.Net;
using Reassembly.Testing.Postgres;

namespace Reassembly.Testing.Cluster;

/// <summary>Nodes, and a PostgreSQL of their own.</summary>
public sealed class NodeCluster : IAsyncDisposable
{
    private NodeCluster(PostgresServer postgres, PostgresDatabase database, IReadOnlyList<ClusterNode> nodes)
    {
        Postgres = postgres;
        Database = database;
        Nodes = nodes;
    }

    public PostgresServer Postgres { get; }

    public PostgresDatabase Database { get; }

    public IReadOnlyList<ClusterNode> Nodes { get; }

    /// <summary>Starts everything; returns when all nodes serve.</summary>
    /// <param name="kind">What the nodes run.</param>
    /// <param name="count">How many.</param>
    /// <param name="settings">Further arguments for each of them.</param>
    public static async Task<NodeCluster> StartAsync(NodeKind kind, int count, params string[] settings)
    {
        var postgres = await PostgresServer.StartNewAsync();
        var nodes = new List<ClusterNode>();
        try
        {
            var database = await postgres.CreateDatabaseAsync();
            nodes.AddRange(Enumerable.Range(1, count).Select(number => new ClusterNode(kind, $"node-{number}", [.. SettingsOf(kind, database), .. settings])));

            // All at once, on an empty database: one of them makes the schema, and the others wait for it.
            await Task.WhenAll(nodes.Select(node => node.StartAsync()));
            var cluster = new NodeCluster(postgres, database, nodes);
            await cluster.ReadyAsync();
            return cluster;
        }
        catch
        {
            await DisposeAsync(postgres, nodes);
            throw;
        }
    }

    /// <summary>Waits until every node is ready.</summary>
    public async Task ReadyAsync()
    {
        foreach (var node in Nodes)
        {
            await ReadyAsync(node, HttpStatusCode.OK);
        }
    }

    /// <summary>Waits until the readiness of a node is so.</summary>
    public static async Task ReadyAsync(ClusterNode node, HttpStatusCode expected)
    {
        ArgumentNullException.ThrowIfNull(node);
        using var http = new HttpClient { BaseAddress = node.Http, Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using var answer = await http.GetAsync("/health/ready");
                    return answer.StatusCode == expected;
                }
                catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
                {
                    return false;
                }
            },
            $"the readiness of {node.Name} is {(int)expected}");
    }

    /// <summary>What the nodes wrote, each line with the name of its node.</summary>
    public IEnumerable<string> Lines() => Nodes.SelectMany(node => node.Output.Concat(node.Error).Select(line => $"{node.Name}: {line}"));

    public ValueTask DisposeAsync() => DisposeAsync(Postgres, Nodes);

    private static async ValueTask DisposeAsync(PostgresServer postgres, IEnumerable<ClusterNode> nodes)
    {
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }

        await postgres.DisposeAsync();
    }

    private static IEnumerable<string> SettingsOf(NodeKind kind, PostgresDatabase database)
    {
        yield return "--Reassembly:Storage=postgres";
        yield return $"--Reassembly:Postgres:ConnectionString={database.ConnectionString}";
        if (kind == NodeKind.Silo)
        {
            yield return "--Reassembly:Cluster:AdvertisedAddress=127.0.0.1";
            yield return $"--Reassembly:Cluster:ClusterId={database.Name}";
            yield return $"--Reassembly:Cluster:SiloPort={HostProcess.FreePort()}";
            yield return $"--Reassembly:Cluster:GatewayPort={HostProcess.FreePort()}";
        }
    }
}
