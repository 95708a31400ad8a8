using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>A Deployment or StatefulSet whose pods have one container.</summary>
internal sealed class Workload(JsonObject item)
{
    public JsonObject Item => item;

    public string Name => Manifests.NameOf(item);

    public JsonNode? Pod => item.At("spec.template.spec");

    public JsonObject Container => Pod.Items("containers").Single();

    /// <summary>The labels of its pods.</summary>
    public Dictionary<string, string> Labels => item.Map("spec.template.metadata.labels");

    /// <summary>Named ports of the container.</summary>
    public Dictionary<string, int> Ports => Container.Items("ports").ToDictionary(port => port.Text("name") ?? string.Empty, port => port.Number("containerPort") ?? 0);

    public string Image => Container.Text("image") ?? string.Empty;

    /// <summary>A port by its number or by its name.</summary>
    /// <returns>The number; null where the container has no such port.</returns>
    public int? Resolve(string? reference)
        => reference is null ? null : Ports.TryGetValue(reference, out var named) ? named : int.TryParse(reference, out var port) && Ports.ContainsValue(port) ? port : null;

    /// <summary>
    /// The environment that its container starts with. What only a running pod knows stands for itself, such as <c>metadata.name</c>.
    /// What refers to an absent object is left out: that is another check's fault.
    /// </summary>
    public Dictionary<string, string> Environment(Manifests manifests)
    {
        var environment = new Dictionary<string, string>();
        foreach (var source in Container.Items("envFrom"))
        {
            foreach (var (name, value) in manifests.Find("ConfigMap", source.Text("configMapRef.name")).Map("data"))
            {
                environment[name] = value;
            }
        }

        foreach (var variable in Container.Items("env"))
        {
            var value = variable.Text("value")
                ?? variable.Text("valueFrom.fieldRef.fieldPath")
                ?? SecretValue(manifests, variable.Text("valueFrom.secretKeyRef.name"), variable.Text("valueFrom.secretKeyRef.key"));
            if (value is not null)
            {
                environment[variable.Text("name")!] = value;
            }
        }

        return environment;
    }

    private static string? SecretValue(Manifests manifests, string? name, string? key)
        => manifests.Find("Secret", name).Map("data").TryGetValue(key ?? string.Empty, out var encoded)
            ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(encoded))
            : null;
}
