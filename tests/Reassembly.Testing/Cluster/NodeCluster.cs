using System.Net;
using Reassembly.Testing.Postgres;

namespace Reassembly.Testing.Cluster;

/// <summary>Nodes, and a PostgreSQL and a volume of their own. The volume is used where the setting <c>Reassembly:Postgres:Payload</c> says so.</summary>
public sealed class NodeCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _volume;

    private NodeCluster(PostgresServer postgres, PostgresDatabase database, DirectoryInfo volume, IReadOnlyList<ClusterNode> nodes)
    {
        _volume = volume;
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
        var volume = Directory.CreateTempSubdirectory("reassembly-test-volume-");
        try
        {
            var database = await postgres.CreateDatabaseAsync();
            nodes.AddRange(Enumerable.Range(1, count).Select(number => new ClusterNode(kind, $"node-{number}", [.. SettingsOf(kind, database, volume), .. settings])));

            // All at once, on an empty database: one of them makes the schema, and the others wait for it.
            await Task.WhenAll(nodes.Select(node => node.StartAsync()));
            var cluster = new NodeCluster(postgres, database, volume, nodes);
            await cluster.ReadyAsync();
            return cluster;
        }
        catch
        {
            await DisposeAsync(postgres, volume, nodes);
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

    public ValueTask DisposeAsync() => DisposeAsync(Postgres, _volume, Nodes);

    private static async ValueTask DisposeAsync(PostgresServer postgres, DirectoryInfo volume, IEnumerable<ClusterNode> nodes)
    {
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }

        await postgres.DisposeAsync();
        volume.Delete(recursive: true);
    }

    private static IEnumerable<string> SettingsOf(NodeKind kind, PostgresDatabase database, DirectoryInfo volume)
    {
        yield return "--Reassembly:Storage=postgres";
        yield return $"--Reassembly:Postgres:ConnectionString={database.ConnectionString}";
        yield return $"--Reassembly:Postgres:PayloadDirectory={volume.FullName}";
        if (kind == NodeKind.Silo)
        {
            yield return "--Reassembly:Cluster:AdvertisedAddress=127.0.0.1";
            yield return $"--Reassembly:Cluster:ClusterId={database.Name}";
            yield return $"--Reassembly:Cluster:SiloPort={LoopbackPort.Next()}";
            yield return $"--Reassembly:Cluster:GatewayPort={LoopbackPort.Next()}";
        }
    }
}
