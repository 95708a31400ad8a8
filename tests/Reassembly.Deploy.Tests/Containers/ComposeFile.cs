using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Reassembly.Deploy.Tests.Checks;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Deploy.Tests.Schema;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Containers;

/// <summary><c>docker-compose.yml</c> fits the Dockerfile, the settings and the load balancer beside it.</summary>
internal static partial class ComposeFile
{
    public static JsonObject Read() => YamlFile.ReadOne(Path.Combine(Repository.Deploy, "docker-compose.yml"));

    public static IEnumerable<string> Faults(JsonObject compose) => new SchemaCheck(SchemaTable.Compose).Faults(compose, "Compose", "compose")
        .Concat(Services(compose))
        .Concat(Node(compose))
        .Concat(Balancer(compose));

    private static IEnumerable<string> Services(JsonObject compose)
    {
        var services = compose.At("services")!.AsObject();
        foreach (var (name, service) in services)
        {
            foreach (var (needed, dependency) in service.At("depends_on") as JsonObject ?? [])
            {
                if (services[needed] is not { } other)
                {
                    yield return $"{name} depends on {needed}, which is no service.";
                }
                else if (dependency.Text("condition") == "service_healthy" && other.At("healthcheck") is null)
                {
                    yield return $"{name} waits for {needed} to be healthy, which has no health check.";
                }
            }

            foreach (var source in service.Words("volumes").Select(volume => volume.Split(':')[0]))
            {
                var isThere = source.StartsWith('.') ? Path.Exists(Path.Combine(Repository.Deploy, source)) : compose.At("volumes") is JsonObject volumes && volumes.ContainsKey(source);
                if (!isThere)
                {
                    yield return $"{name} mounts {source}, which is not there.";
                }
            }
        }
    }

    private static IEnumerable<string> Node(JsonObject compose)
    {
        var node = compose.At("services.node");
        var target = node.Text("build.target") ?? string.Empty;
        var host = Dockerfile.Ours.Host(target);
        if (!File.Exists(Path.GetFullPath(Path.Combine(Repository.Deploy, node.Text("build.context") ?? "?", node.Text("build.dockerfile") ?? "?"))))
        {
            yield return "node builds from a Dockerfile that is not there.";
        }

        if (host is null)
        {
            yield return $"node builds {target}, which is no target of the Dockerfile.";
            yield break;
        }

        foreach (var fault in SettingsCheck.Faults(host, node.Map("environment")))
        {
            yield return $"node: {fault}";
        }

        foreach (var port in node.Words("expose").Where(port => !Dockerfile.Ours.Ports(target).Contains(int.Parse(port, CultureInfo.InvariantCulture))))
        {
            yield return $"node exposes {port}, which the image does not.";
        }

        if (Host().Match(node.Text("environment.Reassembly__Postgres__ConnectionString") ?? string.Empty).Groups[1].Value is var database && compose.At($"services.{database}") is null)
        {
            yield return $"node connects to {database}, which is no service.";
        }

        var grace = node.Text("stop_grace_period")?.TrimEnd('s');
        if (!int.TryParse(grace, CultureInfo.InvariantCulture, out var seconds) || seconds < Shutdown.HostSeconds + Shutdown.SpareSeconds)
        {
            yield return $"node: stop_grace_period is {grace}; shutdown needs {Shutdown.HostSeconds} and {Shutdown.SpareSeconds} to spare.";
        }
    }

    private static IEnumerable<string> Balancer(JsonObject compose)
    {
        var nginx = NginxFile.Ours;
        var published = compose.At("services.balancer").Words("ports").Select(port => port.Split(':')[^1]);
        foreach (var port in published.Where(port => !nginx.Values("listen").Contains(port)))
        {
            yield return $"balancer publishes {port}, where nginx does not listen.";
        }

        if (compose.At($"services.{nginx.Upstream}") is not { } upstream || !upstream.Words("expose").Contains(nginx.UpstreamPort))
        {
            yield return $"balancer passes on to {nginx.Upstream}:{nginx.UpstreamPort}, which no service exposes.";
        }

        foreach (var path in compose.At("services.balancer").Words("healthcheck.test").Where(word => word.StartsWith("http://", StringComparison.Ordinal)))
        {
            var url = new Uri(path);
            if (!EdgeRoutes.AnswersAsync(url.AbsolutePath).GetAwaiter().GetResult() || !nginx.Values("listen").Contains($"{url.Port}"))
            {
                yield return $"balancer is asked for {path}, which nothing answers.";
            }
        }
    }

    [GeneratedRegex("Host=([^;]+)")]
    private static partial Regex Host();
}
