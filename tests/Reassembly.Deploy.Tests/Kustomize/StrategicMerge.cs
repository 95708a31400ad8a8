using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Kustomize;

/// <summary>
/// A strategic merge: objects field by field, these lists entry by entry (what is new comes first, as kustomize has it), every
/// other list as a whole.
/// </summary>
internal static class StrategicMerge
{
    /// <summary>The lists that are merged, and what tells their entries apart (the API reference's <c>patch merge key</c>).</summary>
    private static readonly Dictionary<string, string> Keys = new()
    {
        ["containers"] = "name",
        ["env"] = "name",
        ["ports"] = "containerPort",
        ["volumes"] = "name",
        ["volumeMounts"] = "mountPath",
        ["topologySpreadConstraints"] = "topologyKey",
    };

    public static void Into(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            target[name] = (target[name], value) switch
            {
                (JsonObject old, JsonObject change) => Merged(old, change),
                (JsonArray old, JsonArray change) when Keys.TryGetValue(name, out var key) => Merged(old, change, key),
                _ => value?.DeepClone(),
            };
        }
    }

    private static JsonNode Merged(JsonObject old, JsonObject change)
    {
        var merged = old.DeepClone().AsObject();
        Into(merged, change);
        return merged;
    }

    private static JsonNode Merged(JsonArray old, JsonArray change, string key)
    {
        var fresh = new List<JsonNode>();
        var merged = old.Select(entry => entry!.DeepClone().AsObject()).ToList();
        foreach (var entry in change.Select(entry => entry!.AsObject()))
        {
            var same = merged.Find(candidate => candidate.Text(key) == entry.Text(key));
            if (same is null)
            {
                fresh.Add(entry.DeepClone());
            }
            else
            {
                Into(same, entry);
            }
        }

        return new JsonArray([.. fresh, .. merged]);
    }
}
