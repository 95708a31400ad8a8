using System.Globalization;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>A pod is not killed while it still stops: the grace period covers preStop, the host's whole shutdown (in which the drain lies) and a rest.</summary>
internal static class GraceCheck
{
    private const string Drain = "Reassembly__Edge__DrainSeconds";

    public static IEnumerable<string> Faults(Manifests manifests)
    {
        foreach (var workload in manifests.Workloads)
        {
            var grace = workload.Pod.Number("terminationGracePeriodSeconds") ?? 30;
            var preStop = workload.Container.Number("lifecycle.preStop.sleep.seconds") ?? 0;
            var needed = preStop + Shutdown.HostSeconds + Shutdown.SpareSeconds;
            if (preStop == 0)
            {
                yield return $"{workload.Name}: without preStop clients are told to go before proxies know that the pod is leaving.";
            }

            if (grace < needed)
            {
                yield return $"{workload.Name}: terminationGracePeriodSeconds is {grace}; preStop {preStop}, shutdown {Shutdown.HostSeconds} and {Shutdown.SpareSeconds} to spare need {needed}.";
            }

            if (workload.Environment(manifests).TryGetValue(Drain, out var drain) && int.TryParse(drain, CultureInfo.InvariantCulture, out var seconds) && seconds > Shutdown.LongestDrainSeconds)
            {
                yield return $"{workload.Name}: {Drain} is {drain}; the host's shutdown leaves {Shutdown.LongestDrainSeconds}.";
            }
        }
    }
}
