using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>Every workload has its probes, and the edge answers what they ask.</summary>
internal static class ProbeCheck
{
    public static readonly string[] Names = ["startupProbe", "livenessProbe", "readinessProbe"];

    public static async Task<List<string>> FaultsAsync(Manifests manifests)
    {
        var faults = new List<string>();
        foreach (var workload in manifests.Workloads)
        {
            var isEdge = workload.Environment(manifests).GetValueOrDefault("Reassembly__Cluster__Role") != "silo";
            foreach (var name in Names)
            {
                await CheckAsync(workload, name, workload.Container[name], isEdge, faults);
            }

            if (workload.Container.Text("livenessProbe.httpGet.path") != "/health/live")
            {
                faults.Add($"{workload.Name}: livenessProbe must ask /health/live: a store that is away is no reason to kill the node.");
            }
        }

        return faults;
    }

    private static async Task CheckAsync(Workload workload, string name, JsonNode? probe, bool isEdge, List<string> faults)
    {
        if (probe.Text("httpGet.path") is not { } path)
        {
            faults.Add($"{workload.Name} has no {name}.");
        }
        else if (!await EdgeRoutes.AnswersAsync(path, isEdge))
        {
            faults.Add($"{workload.Name}: {name} asks {path}, which {(isEdge ? "the edge" : "a silo")} does not answer.");
        }
    }
}
