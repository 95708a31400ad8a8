using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>What a workload refers to is there: ConfigMaps, Secrets and their keys, volumes, claims, service accounts, services.</summary>
internal static class ReferenceCheck
{
    public static IEnumerable<string> Faults(Manifests manifests)
        => manifests.Workloads.SelectMany(workload => Faults(manifests, workload).Select(fault => $"{workload.Name}: {fault}"));

    private static IEnumerable<string> Faults(Manifests manifests, Workload workload)
    {
        var variables = workload.Container.Items("env").Select(variable => variable.At("valueFrom"));
        return Missing("ConfigMap", workload.Container.Items("envFrom").Select(source => source.At("configMapRef")))
            .Concat(Missing("ConfigMap", variables.Select(source => source.At("configMapKeyRef"))))
            .Concat(Missing("Secret", variables.Select(source => source.At("secretKeyRef"))))
            .Concat(Absent("ServiceAccount", workload.Pod.Text("serviceAccountName")))
            .Concat(Absent("Service", workload.Item.Text("spec.serviceName")))
            .Concat(Volumes(workload));

        IEnumerable<string> Missing(string kind, IEnumerable<JsonNode?> references)
        {
            foreach (var reference in references.OfType<JsonObject>())
            {
                var name = reference.Text("name");
                if (manifests.Find(kind, name) is not { } found)
                {
                    yield return $"there is no {kind} {name}.";
                }
                else if (reference.Text("key") is { } key && !found.Map("data").ContainsKey(key))
                {
                    yield return $"{kind} {name} has no {key}.";
                }
            }
        }

        IEnumerable<string> Absent(string kind, string? name)
            => name is null || manifests.Find(kind, name) is not null ? [] : [$"there is no {kind} {name}."];
    }

    private static IEnumerable<string> Volumes(Workload workload)
    {
        var claims = workload.Item.Items("spec.volumeClaimTemplates").Select(claim => claim.Text("metadata.name"));
        var volumes = workload.Pod.Items("volumes").Select(volume => volume.Text("name")).Concat(claims).ToList();
        return workload.Container.Items("volumeMounts").Select(mount => mount.Text("name")).Where(name => !volumes.Contains(name)).Select(name => $"there is no volume {name}.");
    }
}
