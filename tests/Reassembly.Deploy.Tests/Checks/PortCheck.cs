using System.Globalization;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Deploy.Tests.Containers;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>Containers open the ports that their host listens on, and everything that names a port names one of those.</summary>
internal static class PortCheck
{
    public static IEnumerable<string> Faults(Manifests manifests)
        => Containers(manifests).Concat(Services(manifests)).Concat(Probes(manifests)).Concat(Routes(manifests));

    private static IEnumerable<string> Containers(Manifests manifests)
    {
        foreach (var workload in manifests.Workloads)
        {
            var listening = Listening(workload, manifests);
            foreach (var (name, port) in workload.Ports.Where(port => listening.GetValueOrDefault(port.Key) != port.Value))
            {
                yield return $"{workload.Name}: nothing listens on the container port {name} {port}; the host listens on {string.Join(", ", listening)}.";
            }

            foreach (var (name, port) in listening.Where(port => !workload.Ports.ContainsKey(port.Key)))
            {
                yield return $"{workload.Name}: the host listens on {name} {port}, which the container does not name.";
            }
        }
    }

    /// <summary>Ports by the names that the manifests give them, from the image and the settings.</summary>
    private static Dictionary<string, int> Listening(Workload workload, Manifests manifests)
    {
        var environment = workload.Environment(manifests);
        var target = workload.Image.Replace("reassembly-", string.Empty, StringComparison.Ordinal);
        var urls = Dockerfile.Ours.Environment(target).GetValueOrDefault("ASPNETCORE_URLS", ":0");
        var ports = new Dictionary<string, int> { ["ws"] = int.Parse(urls.Split(':')[^1], CultureInfo.InvariantCulture) };
        if (target == "silo" && environment.GetValueOrDefault("Reassembly__Cluster__Role") != "edge")
        {
            ports["silo"] = PortOf("Reassembly:Cluster:SiloPort", environment);
            ports["gateway"] = PortOf("Reassembly:Cluster:GatewayPort", environment);
        }

        return ports;
    }

    private static int PortOf(string path, Dictionary<string, string> environment)
    {
        var setting = SettingCatalogue.All.FirstOrDefault(setting => setting.Path == path);
        var text = environment.GetValueOrDefault(setting?.Variable ?? path) ?? setting?.Default.Replace("_", string.Empty, StringComparison.Ordinal);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0;
    }

    private static IEnumerable<string> Services(Manifests manifests) =>
        from service in manifests.OfKind("Service")
        from port in service.Items("spec.ports")
        let target = port.Text("targetPort") ?? port.Text("port")
        from workload in manifests.Selected(service, "spec.selector")
        where workload.Resolve(target) is null
        select $"{Manifests.NameOf(service)}: {workload.Name} has no port {target}.";

    private static IEnumerable<string> Probes(Manifests manifests) =>
        from workload in manifests.Workloads
        from probe in ProbeCheck.Names
        let port = workload.Container.Text($"{probe}.httpGet.port")
        where port is not null && workload.Resolve(port) != workload.Ports.GetValueOrDefault("ws")
        select $"{workload.Name}: {probe} asks port {port}, where no HTTP is spoken.";

    private static IEnumerable<string> Routes(Manifests manifests) =>
        from policy in manifests.OfKind("NetworkPolicy")
        from workload in manifests.Selected(policy, "spec.podSelector.matchLabels")
        from port in policy.Items("spec.ingress").SelectMany(rule => rule.Items("ports")).Select(port => port.Text("port"))
        where workload.Resolve(port) is null
        select $"{Manifests.NameOf(policy)}: {workload.Name} has no port {port}.";
}
