using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>Every selector of our own pods selects some; a workload selects its own, and no pod is selected by two of a sort.</summary>
internal static class SelectorCheck
{
    private const string Ours = "app.kubernetes.io/name";

    public static IEnumerable<string> Faults(Manifests manifests) => Selectors(manifests)
        .Where(selector => !manifests.Selected(selector.Holder, selector.Path).Any())
        .Select(selector => $"{selector.Name}: {selector.Path} selects no pod.")
        .Concat(Workloads(manifests))
        .Concat(Services(manifests));

    private static IEnumerable<(string Name, JsonNode Holder, string Path)> Selectors(Manifests manifests)
    {
        foreach (var item in manifests.OfKind("Service"))
        {
            yield return (Manifests.NameOf(item), item, "spec.selector");
        }

        foreach (var item in manifests.OfKind("PodDisruptionBudget"))
        {
            yield return (Manifests.NameOf(item), item, "spec.selector.matchLabels");
        }

        foreach (var item in manifests.OfKind("NetworkPolicy"))
        {
            yield return (Manifests.NameOf(item), item, "spec.podSelector.matchLabels");
            var peers = item.Items("spec.ingress").SelectMany(rule => rule.Items("from")).Concat(item.Items("spec.egress").SelectMany(rule => rule.Items("to")));
            foreach (var peer in peers.Where(peer => peer.Map("podSelector.matchLabels").ContainsKey(Ours)))
            {
                yield return (Manifests.NameOf(item), peer, "podSelector.matchLabels");
            }
        }

        foreach (var workload in manifests.Workloads)
        {
            foreach (var spread in workload.Pod.Items("topologySpreadConstraints"))
            {
                yield return (workload.Name, spread, "labelSelector.matchLabels");
            }
        }
    }

    private static IEnumerable<string> Workloads(Manifests manifests)
    {
        foreach (var workload in manifests.Workloads)
        {
            var selected = manifests.Selected(workload.Item, "spec.selector.matchLabels").Select(other => other.Name).ToList();
            if (selected is not [var only] || only != workload.Name)
            {
                yield return $"{workload.Name}: spec.selector selects {(selected.Count == 0 ? "no pod" : "the pods of " + string.Join(" and ", selected))}.";
            }

            foreach (var spread in workload.Pod.Items("topologySpreadConstraints").Where(spread => !spread.Map("labelSelector.matchLabels").All(workload.Labels.Contains)))
            {
                yield return $"{workload.Name}: spreads over {spread.Text("topologyKey")} by labels that its pods do not have.";
            }
        }
    }

    private static IEnumerable<string> Services(Manifests manifests) => manifests.OfKind("Service")
        .Where(service => manifests.Selected(service, "spec.selector").Count() > 1)
        .Select(service => $"{Manifests.NameOf(service)}: spec.selector selects the pods of several workloads.");
}
