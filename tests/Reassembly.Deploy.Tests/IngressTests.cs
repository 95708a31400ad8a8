using System.Globalization;
using System.Text.Json.Nodes;
using Reassembly.Core.Limits;
using Reassembly.Deploy.Tests.Checks;
using Reassembly.Deploy.Tests.Schema;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests;

/// <summary>The ingress examples lead to the service of every overlay, and keep a quiet connection.</summary>
public sealed class IngressTests
{
    private const string Nginx = "nginx.ingress.kubernetes.io/";

    public static TheoryData<string> Examples => [.. Directory.GetFiles(Path.Combine(Repository.Kubernetes, "ingress")).Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_has_no_fault(string file) => Assert.Empty(Faults(Read(file)));

    [Theory]
    [InlineData("nginx.yaml", "spec.rules.0.http.paths.0.backend.service.name", "reassemble", "there is no Service reassemble")]
    [InlineData("nginx.yaml", "spec.rules.0.http.paths.0.backend.service.port.name", "http", "has no port http")]
    [InlineData("nginx.yaml", "metadata.annotations." + Nginx + "proxy-read-timeout", "60", "proxy-read-timeout")]
    [InlineData("nginx.yaml", "spec.rules.0.http.paths.0.pathtype", "Prefix", "pathtype is not a field")]
    [InlineData("gateway.yaml", "spec.rules.0.backendRefs.0.name", "reassemble", "there is no Service reassemble")]
    [InlineData("gateway.yaml", "spec.rules.0.timeouts.request", "30s", "timeouts.request is 30s")]
    [InlineData("gateway.yaml", "spec.rules.0.timeouts.requests", "0s", "requests is not a field")]
    public void A_spoilt_example_is_found_out(string file, string path, string value, string fault)
    {
        var example = Read(file);
        var names = path.StartsWith("metadata.annotations.", StringComparison.Ordinal) ? ["metadata", "annotations", path["metadata.annotations.".Length..]] : path.Split('.');
        JsonNode node = example;
        foreach (var name in names[..^1])
        {
            node = int.TryParse(name, out var index) ? node[index]! : node[name]!;
        }

        node[names[^1]] = value;
        Assert.Contains(Faults(example), found => found.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_gateway_to_a_port_that_the_service_lacks_is_found_out()
    {
        var route = Read("gateway.yaml");
        route["spec"]!["rules"]![0]!["backendRefs"]![0]!["port"] = 8080;
        Assert.Contains(Faults(route), fault => fault.Contains("has no port 8080", StringComparison.Ordinal));
    }

    private static JsonObject Read(string file) => YamlFile.ReadOne(Path.Combine(Repository.Kubernetes, "ingress", file));

    private static IEnumerable<string> Faults(JsonObject example) => new SchemaCheck(SchemaTable.Kubernetes).Faults(example, example.Text("kind")!, Manifests.NameOf(example))
        .Concat(Repository.Overlays.SelectMany(overlay => Backends(example).SelectMany(backend => Missing(Manifests.OfOverlay(overlay), backend))))
        .Concat(example.Text("kind") == "Ingress" ? NginxTimeouts(example) : RouteTimeouts(example));

    private static IEnumerable<(string? Service, string? Port)> Backends(JsonObject example) => example.Items("spec.rules")
        .SelectMany(rule => rule.Items("http.paths").Select(path => path.At("backend.service")).Select(service => (service.Text("name"), service.Text("port.name") ?? service.Text("port.number")))
            .Concat(rule.Items("backendRefs").Select(backend => (backend.Text("name"), backend.Text("port")))));

    private static IEnumerable<string> Missing(Manifests manifests, (string? Service, string? Port) backend)
        => manifests.Find("Service", backend.Service) is not { } service ? [$"there is no Service {backend.Service}."]
            : service.Items("spec.ports").Any(port => port.Text("name") == backend.Port || port.Text("port") == backend.Port) ? []
            : [$"Service {backend.Service} has no port {backend.Port}."];

    private static IEnumerable<string> NginxTimeouts(JsonObject ingress)
    {
        var annotations = ingress.Map("metadata.annotations");
        return new[] { "proxy-read-timeout", "proxy-send-timeout" }
            .Where(name => !(int.Parse(annotations[Nginx + name], CultureInfo.InvariantCulture) > new LimitsOptions().IdleSeconds))
            .Select(name => $"{name} is {annotations[Nginx + name]}; it must be above Reassembly:Limits:IdleSeconds.");
    }

    private static IEnumerable<string> RouteTimeouts(JsonObject route) => route.Items("spec.rules")
        .SelectMany(rule => new[] { "request", "backendRequest" }.Select(name => (Name: name, Value: rule.Text($"timeouts.{name}"))))
        .Where(timeout => timeout.Value != "0s")
        .Select(timeout => $"timeouts.{timeout.Name} is {timeout.Value}; a WebSocket lasts: it must be 0s.");
}
