using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>
/// Network policies let through what the nodes need and nothing that they must not: names, the database, silos among themselves,
/// edges to gateways, senders to edges.
/// </summary>
internal static class TrafficCheck
{
    private const int Dns = 53;
    private const int Postgres = 5432;

    public static IEnumerable<string> Faults(Manifests manifests)
    {
        var workloads = manifests.Workloads.ToList();
        var silos = workloads.Where(workload => workload.Ports.ContainsKey("silo")).ToList();
        foreach (var workload in workloads)
        {
            var policies = manifests.OfKind("NetworkPolicy").Where(policy => policy.Map("spec.podSelector.matchLabels").All(workload.Labels.Contains)).ToList();
            var environment = workload.Environment(manifests);
            var needs = new List<(int Port, Workload? To)> { (Dns, null) };
            if (environment.ContainsKey("Reassembly__Postgres__ConnectionString"))
            {
                needs.Add((Postgres, null));
            }

            var isSilo = workload.Ports.ContainsKey("silo");
            needs.AddRange(silos.Select(silo => (silo.Ports[isSilo ? "silo" : "gateway"], (Workload?)silo)));
            foreach (var type in new[] { "Ingress", "Egress" }.Where(type => !policies.Any(policy => policy.Words("spec.policyTypes").Contains(type))))
            {
                yield return $"{workload.Name}: no NetworkPolicy limits its {type}.";
            }

            foreach (var (port, to) in needs.Where(need => !Rules(policies, "egress", "to").Any(rule => Allows(rule, need.Port, need.To, manifests))))
            {
                yield return $"{workload.Name}: no NetworkPolicy lets it out to port {port}{(to is null ? string.Empty : $" of {to.Name}")}.";
            }

            foreach (var fault in IntoPod(manifests, workload, policies))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> IntoPod(Manifests manifests, Workload workload, List<JsonObject> policies)
    {
        var isServed = manifests.Find("Service", "reassembly") is { } service && manifests.Selected(service, "spec.selector").Any(other => other.Name == workload.Name);
        foreach (var (name, port) in workload.Ports.Where(port => port.Key != "ws" || isServed))
        {
            var rules = Rules(policies, "ingress", "from").Where(rule => rule.Ports.Any(text => workload.Resolve(text) == port)).ToList();
            if (rules.Count == 0)
            {
                yield return $"{workload.Name}: no NetworkPolicy lets anybody in to port {name} {port}.";
            }

            // What silos say to each other is not for other pods, least of all those of another namespace.
            if (name != "ws" && rules.Any(rule => rule.Peers.Count == 0 || rule.Peers.Exists(peer => peer.At("namespaceSelector") is not null || !manifests.Selected(peer, "podSelector.matchLabels").Any() || peer.Map("podSelector.matchLabels").Count == 0)))
            {
                yield return $"{workload.Name}: port {name} {port} is open to others than the pods of the cluster.";
            }
        }
    }

    private static IEnumerable<Rule> Rules(List<JsonObject> policies, string direction, string peers) => policies
        .SelectMany(policy => policy.Items($"spec.{direction}"))
        .Select(rule => new Rule([.. rule.Items("ports").Select(port => port.Text("port") ?? string.Empty)], [.. rule.Items(peers)]));

    private static bool Allows(Rule rule, int port, Workload? to, Manifests manifests)
        => rule.Ports.Any(text => to is null ? text == $"{port}" : to.Resolve(text) == port)
            && (to is null || rule.Peers.Any(peer => manifests.Selected(peer, "podSelector.matchLabels").Any(target => target.Name == to.Name)));

    private sealed record Rule(List<string> Ports, List<JsonObject> Peers);
}
