using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>Every pod runs as the Restricted pod security standard asks, on a read-only root, with bounds on its memory.</summary>
internal static class HardeningCheck
{
    private static readonly (string Path, string Value)[] OfPod =
    [
        ("securityContext.runAsNonRoot", "true"),
        ("securityContext.seccompProfile.type", "RuntimeDefault"),
        ("automountServiceAccountToken", "false"),
    ];

    private static readonly (string Path, string Value)[] OfContainer =
    [
        ("securityContext.allowPrivilegeEscalation", "false"),
        ("securityContext.readOnlyRootFilesystem", "true"),
    ];

    private static readonly string[] Sizes = ["requests.cpu", "requests.memory", "limits.memory"];

    public static IEnumerable<string> Faults(Manifests manifests) => manifests.Workloads.SelectMany(workload => OfPod
        .Where(rule => workload.Pod.Text(rule.Path) != rule.Value)
        .Concat(OfContainer.Where(rule => workload.Container.Text(rule.Path) != rule.Value))
        .Select(rule => $"{workload.Name}: {rule.Path} must be {rule.Value}.")
        .Concat(workload.Container.Words("securityContext.capabilities.drop").Contains("ALL") ? [] : [$"{workload.Name}: capabilities must drop ALL."])
        .Concat(Sizes.Where(size => workload.Container.At($"resources.{size}") is null).Select(size => $"{workload.Name}: resources.{size} is not set.")));
}
