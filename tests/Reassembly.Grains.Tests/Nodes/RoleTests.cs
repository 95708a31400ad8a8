using System.Net;
using System.Security.Cryptography;
using Reassembly.Client;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;
using Reassembly.Testing.Postgres;
using Xunit.Abstractions;

namespace Reassembly.Grains.Tests.Nodes;

/// <summary>Nodes as processes: silos that serve no senders, and an edge that hosts no messages.</summary>
public sealed class RoleTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int PayloadBytes = 4_000_000;

    private readonly List<ClusterNode> _nodes = [];
    private PostgresDatabase _database = null!;

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is null)
        {
            _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task An_edge_waits_for_silos_and_sends_through_them_and_its_senders_see_no_error_when_one_leaves()
    {
        // The edge first: it has nobody to call yet.
        var edge = Node("edge");
        var edgeStarts = edge.StartAsync();
        await Eventually.TrueAsync(
            () => edge.Output.Concat(edge.Error).Any(static line => line.Contains("No silo can be reached yet", StringComparison.Ordinal)),
            "the edge waits",
            HostProcess.Patience);
        ClusterNode[] silos = [Node("silo"), Node("silo")];
        await Task.WhenAll(silos.Select(static silo => silo.StartAsync()));
        await edgeStarts;
        foreach (var silo in silos)
        {
            await NodeCluster.ReadyAsync(silo, HttpStatusCode.OK);
            Assert.Equal(HttpStatusCode.NotFound, await StatusOfAsync(silo, "/ws"));
            Assert.Equal(HttpStatusCode.NotFound, await StatusOfAsync(silo, "/limits"));
        }

        var random = Seed.Random(output.WriteLine);
        await using var client = await ReassemblyClient.ConnectAsync(edge.Ws);
        await SendAndFetchAsync(client, random);

        // One silo leaves while payloads are on their way.
        var sends = Task.WhenAll(Enumerable.Range(0, 6).Select(index => SendAndFetchAsync(client, new Random(random.Next() + index))));
        silos[0].Terminate();
        Assert.Equal(0, await silos[0].EndAsync());
        await sends.WaitAsync(HostProcess.Patience, TimeProvider.System);
        await SendAndFetchAsync(client, random);

        edge.Terminate();
        Assert.Equal(0, await edge.EndAsync());
        silos[1].Terminate();
        Assert.Equal(0, await silos[1].EndAsync());
        Assert.DoesNotContain(edge.Output.Concat(edge.Error), static line => line.StartsWith("fail:", StringComparison.Ordinal) && !LoggedLine.IsOfSlowDatabase(line));
    }

    [PostgresFact]
    public async Task An_edge_goes_on_at_the_other_silos_when_one_is_killed()
    {
        ClusterNode[] silos = [Node("silo"), Node("silo"), Node("silo")];
        await Task.WhenAll(silos.Select(static silo => silo.StartAsync()));
        var edge = Node("edge");
        await edge.StartAsync();
        var random = Seed.Random(output.WriteLine);
        await using var client = await ReassemblyClient.ConnectAsync(edge.Ws);
        await SendAndFetchAsync(client, random);
        var sends = Task.WhenAll(Enumerable.Range(0, 6).Select(index => SendAndFetchAsync(client, new Random(random.Next() + index))));
        await silos[random.Next(silos.Length)].KillAsync();
        await sends.WaitAsync(HostProcess.Patience, TimeProvider.System);
        await SendAndFetchAsync(client, random);
    }

    [PostgresFact]
    public async Task A_laptop_needs_no_database_for_one_node()
    {
        var node = new ClusterNode(
            NodeKind.Silo,
            "laptop",
            ["--Reassembly:Cluster:Membership=localhost", "--Reassembly:Storage=memory", $"--Reassembly:Cluster:GatewayPort={LoopbackPort.Next()}"]);
        _nodes.Add(node);
        await node.StartAsync();
        await using var client = await ReassemblyClient.ConnectAsync(node.Ws);
        await SendAndFetchAsync(client, Seed.Random(output.WriteLine));
    }

    private static async Task SendAndFetchAsync(ReassemblyClient client, Random random)
    {
        var payload = new byte[PayloadBytes];
        random.NextBytes(payload);
        using var source = new MemoryStream(payload);
        var sent = await client.SendAsync(source);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), sent.Sha256);
        using var fetched = new MemoryStream();
        await client.GetAsync(sent.Id, fetched);
        Assert.Equal(payload, fetched.ToArray());
    }

    private static async Task<HttpStatusCode> StatusOfAsync(ClusterNode node, string path)
    {
        using var http = new HttpClient { BaseAddress = node.Http };
        using var answer = await http.GetAsync(path);
        return answer.StatusCode;
    }

    private ClusterNode Node(string role)
    {
        var node = new ClusterNode(NodeKind.Silo, $"{role}-{_nodes.Count}",
        [
            $"--Reassembly:Cluster:Role={role}",
            "--Reassembly:Storage=postgres",
            $"--Reassembly:Postgres:ConnectionString={_database.ConnectionString}",
            "--Reassembly:Cluster:AdvertisedAddress=127.0.0.1",
            $"--Reassembly:Cluster:ClusterId={_database.Name}",
            $"--Reassembly:Cluster:SiloPort={LoopbackPort.Next()}",
            $"--Reassembly:Cluster:GatewayPort={LoopbackPort.Next()}",
            "--Reassembly:Edge:DrainSeconds=1",
        ]);
        _nodes.Add(node);
        return node;
    }
}
