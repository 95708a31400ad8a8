using System.Net;
using Reassembly.Deploy.Tests.Checks;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Deploy.Tests.Containers;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests;

/// <summary>The server itself takes the environment that the manifests give it, and answers their probes.</summary>
public sealed class StartTests
{
    private const string ConnectionString = "Reassembly__Postgres__ConnectionString";

    /// <summary>A database that is away: nothing listens on port 1.</summary>
    private const string NoDatabase = "Host=127.0.0.1;Port=1;Database=reassembly;Username=reassembly;Password=reassembly;Timeout=1";

    [Fact]
    public async Task A_single_node_starts_and_is_ready()
    {
        await using var run = await HostRun.StartAsync(EnvironmentOf("single", environment => environment["Reassembly__Disk__Path"] = "./data"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(run, "/health/live"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(run, "/health/ready"));
    }

    [Fact]
    public async Task A_node_of_the_cluster_lives_without_its_database_and_is_not_ready()
    {
        await using var run = await HostRun.StartAsync(EnvironmentOf("cluster", environment => environment[ConnectionString] = NoDatabase));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(run, "/health/live"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await GetAsync(run, "/health/ready"));
    }

    [Fact]
    public async Task A_node_with_the_secret_as_it_is_shipped_ends_and_says_why()
    {
        await using var run = await HostRun.StartAsync(EnvironmentOf("cluster"));
        Assert.Null(run.Address);
        Assert.Contains("Reassembly:Postgres:ConnectionString", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_of_the_compose_file_starts()
    {
        var environment = ComposeFile.Read().At("services.node").Map("environment");
        environment[ConnectionString] = NoDatabase;
        await using var run = await HostRun.StartAsync(environment);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(run, "/health/live"));
    }

    [Theory]
    [InlineData("Reassembly__Edge__DrainSeconds", "3601", "Reassembly:Edge:DrainSeconds is 3601")]
    [InlineData("Reassembly__Limits__FrameBytes", "10", "Reassembly:Limits:FrameBytes is 10")]
    public async Task A_value_that_the_host_does_not_take_ends_it(string name, string value, string sentence)
    {
        await using var run = await HostRun.StartAsync(EnvironmentOf("single", environment => environment[name] = value));
        Assert.Null(run.Address);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> EnvironmentOf(string overlay, Action<Dictionary<string, string>>? change = null)
    {
        var manifests = Manifests.OfOverlay(overlay);
        var environment = manifests.Workloads.Single().Environment(manifests);
        change?.Invoke(environment);
        return environment;
    }

    private static async Task<HttpStatusCode> GetAsync(HostRun run, string path)
    {
        Assert.True(run.Address is not null, run.Error);
        using var http = new HttpClient { BaseAddress = run.Address };
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }
}
