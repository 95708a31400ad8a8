using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>Autoscalers scale a workload that lets them; disruption budgets let some pod go, and leave some.</summary>
internal static class ScaleCheck
{
    public static IEnumerable<string> Faults(Manifests manifests) => Autoscalers(manifests).Concat(Budgets(manifests));

    private static IEnumerable<string> Autoscalers(Manifests manifests)
    {
        foreach (var scaler in manifests.OfKind("HorizontalPodAutoscaler"))
        {
            var name = Manifests.NameOf(scaler);
            var target = manifests.Workloads.FirstOrDefault(workload => workload.Name == $"{scaler.Text("spec.scaleTargetRef.kind")} {scaler.Text("spec.scaleTargetRef.name")}");
            if (target is null)
            {
                yield return $"{name}: its target is not there.";
                continue;
            }

            if (target.Item.At("spec.replicas") is not null)
            {
                yield return $"{name}: {target.Name} sets replicas itself: each apply would undo the scaling.";
            }

            if (target.Container.At("resources.requests.cpu") is null)
            {
                yield return $"{name}: {target.Name} requests no cpu, of which the scaler takes a share.";
            }

            if (!(scaler.Number("spec.minReplicas") <= scaler.Number("spec.maxReplicas")))
            {
                yield return $"{name}: minReplicas is above maxReplicas.";
            }
        }
    }

    private static IEnumerable<string> Budgets(Manifests manifests)
    {
        foreach (var budget in manifests.OfKind("PodDisruptionBudget"))
        {
            foreach (var workload in manifests.Selected(budget, "spec.selector.matchLabels"))
            {
                var replicas = FewestReplicas(manifests, workload);
                var mayGo = budget.Number("spec.maxUnavailable") ?? replicas - budget.Number("spec.minAvailable");
                if (mayGo is not > 0 || mayGo >= replicas)
                {
                    yield return $"{Manifests.NameOf(budget)}: {mayGo ?? 0} of the {replicas} pods of {workload.Name} may go; it must be some, and not all.";
                }
            }
        }
    }

    private static int FewestReplicas(Manifests manifests, Workload workload) => manifests.OfKind("HorizontalPodAutoscaler")
        .Where(scaler => scaler.Text("spec.scaleTargetRef.name") == workload.Item.Text("metadata.name"))
        .Select(scaler => scaler.Number("spec.minReplicas") ?? 1)
        .FirstOrDefault(workload.Item.Number("spec.replicas") ?? 1);
}
