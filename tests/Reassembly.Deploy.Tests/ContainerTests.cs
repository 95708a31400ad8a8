using System.Globalization;
using System.Text.RegularExpressions;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Deploy.Tests.Containers;
using Reassembly.Testing;

namespace Reassembly.Deploy.Tests;

/// <summary>Dockerfile, compose file and load balancer fit each other and the code; spoilt ones are found out.</summary>
public sealed partial class ContainerTests
{
    private static readonly string DockerText = File.ReadAllText(Path.Combine(Repository.Deploy, "Dockerfile"));
    private static readonly string NginxText = File.ReadAllText(Path.Combine(Repository.Deploy, "nginx.conf"));

    private static int KeepAliveSeconds => int.Parse(
        KeepAlive().Match(File.ReadAllText(SourceTree.At("src", "Reassembly.Edge", "Connections", "PeerWatch.cs"))).Groups[1].Value, CultureInfo.InvariantCulture);

    [Fact]
    public void The_Dockerfile_has_no_fault() => Assert.Empty(DockerfileCheck.Faults(Dockerfile.Ours));

    [Fact]
    public void The_compose_file_has_no_fault() => Assert.Empty(ComposeFile.Faults(ComposeFile.Read()));

    [Fact]
    public void The_load_balancer_has_no_fault() => Assert.Empty(NginxFile.Ours.Faults(KeepAliveSeconds));

    [Fact]
    public void Ports_of_silos_in_the_image_are_those_in_the_code()
    {
        var ports = SettingCatalogue.All.Where(setting => setting.Path is "Reassembly:Cluster:SiloPort" or "Reassembly:Cluster:GatewayPort").Select(setting => int.Parse(setting.Default.Replace("_", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture));
        Assert.Equal(ports.Append(8080).Order(), Dockerfile.Ours.Ports("silo").Order());
    }

    [Theory]
    [InlineData("server")]
    [InlineData("silo")]
    public void Images_ask_for_nothing_that_they_do_not_have(string target)
    {
        var environment = Dockerfile.Ours.Environment(target);
        Assert.Equal("disable", environment["PGGSSENCMODE"]);
        Assert.Equal("0", environment["DOTNET_EnableDiagnostics"]);
    }

    [Theory]
    [InlineData("src/Reassembly.Core/Reassembly.Core.csproj", "src/Reassembly.Core/Core.csproj", "copies src/Reassembly.Core/Core.csproj, which is not there")]
    [InlineData("COPY src/Reassembly.Edge/Reassembly.Edge.csproj src/Reassembly.Edge/\n", "", "publish-server restores without Reassembly.Edge")]
    [InlineData("--from=publish-server", "--from=publish", "copies from publish, which is no stage")]
    [InlineData("\"Reassembly.Server.dll\"", "\"Reassembly.Servers.dll\"", "starts Reassembly.Servers, which is no project")]
    [InlineData("dotnet publish src/Reassembly.Server ", "dotnet publish src/Server ", "publish-server does not publish src/Reassembly.Server")]
    [InlineData("USER 1654:1654", "USER app", "does not run as a user with a number")]
    [InlineData("http://+:8080", "http://localhost:8080", "server listens on 'http://localhost:8080'")]
    [InlineData("EXPOSE 8080", "EXPOSE 80", "which it does not expose")]
    public void A_spoilt_Dockerfile_is_found_out(string right, string wrong, string fault)
    {
        Assert.Contains(right, DockerText, StringComparison.Ordinal);
        Assert.Contains(DockerfileCheck.Faults(new Dockerfile(DockerText.Replace(right, wrong, StringComparison.Ordinal))), found => found.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("node.stop_grace_period", "30s", "stop_grace_period is 30")]
    [InlineData("node.build.target", "servers", "no target of the Dockerfile")]
    [InlineData("node.healthcheck_", "x", "healthcheck_ is not a field of Service")]
    [InlineData("node.environment.Reassembly__Storag", "postgres", "Reassembly__Storag is not a setting")]
    [InlineData("node.environment.Reassembly__Postgres__ConnectionString", "Host=db", "node connects to db, which is no service")]
    [InlineData("balancer.ports.0", "8080:80", "balancer publishes 80, where nginx does not listen")]
    [InlineData("balancer.volumes.0", "./nginx:/etc/nginx/nginx.conf", "mounts ./nginx, which is not there")]
    [InlineData("node.expose.0", "8081", "node exposes 8081, which the image does not")]
    [InlineData("balancer.healthcheck.test.5", "http://127.0.0.1:8080/healthz", "which nothing answers")]
    [InlineData("postgres.healthcheck", null, "which has no health check")]
    public void A_spoilt_compose_file_is_found_out(string path, string? value, string fault)
    {
        var compose = ComposeFile.Read();
        var node = compose["services"]!;
        var names = path.Split('.');
        foreach (var name in names[..^1])
        {
            node = int.TryParse(name, out var index) ? node[index]! : node[name]!;
        }

        if (value is null)
        {
            node.AsObject().Remove(names[^1]);
        }
        else if (int.TryParse(names[^1], out var last))
        {
            node.AsArray()[last] = value;
        }
        else
        {
            node[names[^1]] = value;
        }

        Assert.Contains(ComposeFile.Faults(compose), found => found.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("proxy_http_version 1.1;", "", "proxy_http_version 1.1 is not there")]
    [InlineData("proxy_set_header Upgrade $http_upgrade;", "", "proxy_set_header Upgrade")]
    [InlineData("proxy_buffering off;", "proxy_buffering on;", "proxy_buffering off is not there")]
    [InlineData("proxy_read_timeout 3600s;", "proxy_read_timeout 15s;", "proxy_read_timeout must be above")]
    public void A_spoilt_load_balancer_is_found_out(string right, string wrong, string fault)
    {
        Assert.Contains(right, NginxText, StringComparison.Ordinal);
        Assert.Contains(new NginxFile(NginxText.Replace(right, wrong, StringComparison.Ordinal)).Faults(KeepAliveSeconds), found => found.Contains(fault, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"PingInterval = TimeSpan\.FromSeconds\((\d+)\)")]
    private static partial Regex KeepAlive();
}
