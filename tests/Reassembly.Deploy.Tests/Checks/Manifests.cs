using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Kustomize;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>The objects of one overlay, as they would be applied.</summary>
internal sealed class Manifests(List<JsonObject> objects)
{
    public List<JsonObject> Objects => objects;

    /// <summary>Everything that runs pods.</summary>
    public IEnumerable<Workload> Workloads => objects.Where(item => item.Text("kind") is "Deployment" or "StatefulSet").Select(item => new Workload(item));

    public static Manifests OfOverlay(string name) => new(Kustomization.Build(Repository.Overlay(name)));

    public IEnumerable<JsonObject> OfKind(string kind) => objects.Where(item => item.Text("kind") == kind);

    public JsonObject? Find(string kind, string? name) => OfKind(kind).FirstOrDefault(item => item.Text("metadata.name") == name);

    /// <summary>The workloads whose pods a selector at this path of an object selects.</summary>
    public IEnumerable<Workload> Selected(JsonNode item, string path)
    {
        var labels = item.Map(path);
        return Workloads.Where(workload => labels.All(workload.Labels.Contains));
    }

    public static string NameOf(JsonObject item) => $"{item.Text("kind")} {item.Text("metadata.name")}";
}
