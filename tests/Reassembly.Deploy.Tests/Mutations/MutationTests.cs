using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Checks;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Mutations;

/// <summary>Each check finds what it is there for: a manifest is spoilt in one place, and the fault names it.</summary>
public sealed class MutationTests
{
    private static readonly Dictionary<string, Mutation> Mutations = new()
    {
        ["a misspelt field"] = new("single", "securityContext.readOnlyRootFileSystem is not a field", m => Rename(Container(m)["securityContext"]!, "readOnlyRootFilesystem", "readOnlyRootFileSystem")),
        ["a field at the wrong level"] = new("single", "replicas is not a field", m => Pod(m)["replicas"] = 3),
        ["a field of the wrong type"] = new("single", "terminationGracePeriodSeconds is '45s'", m => Pod(m)["terminationGracePeriodSeconds"] = "45s"),
        ["a required field left out"] = new("single", "lacks image", m => Container(m).AsObject().Remove("image")),
        ["a word that is none of the allowed"] = new("single", "protocol is 'HTTP'", m => Container(m)["ports"]![0]!["protocol"] = "HTTP"),
        ["an exec, which the image cannot run"] = new("single", "exec is not a field", m => Container(m)["lifecycle"]!["preStop"] = new JsonObject { ["exec"] = new JsonObject { ["command"] = new JsonArray("sleep", "10") } }),
        ["an API version of the past"] = new("cluster", "apiVersion is 'autoscaling/v2beta2'", m => m.OfKind("HorizontalPodAutoscaler").Single()["apiVersion"] = "autoscaling/v2beta2"),
        ["an unknown setting"] = new("single", "Reassembly__Edge__DrainSecond is not a setting", m => Settings(m)["Reassembly__Edge__DrainSecond"] = "5"),
        ["an unknown section"] = new("single", "Reassembly__Edges__Node is not a setting", m => Settings(m)["Reassembly__Edges__Node"] = "a"),
        ["a setting of silos for a server"] = new("cluster", "Reassembly__Cluster__Role is not a setting of Reassembly.Server", m => Settings(m)["Reassembly__Cluster__Role"] = "all"),
        ["a value of the wrong type"] = new("single", "Reassembly__Edge__DrainSeconds is 'ten'", m => Settings(m)["Reassembly__Edge__DrainSeconds"] = "ten"),
        ["a container port nobody listens on"] = new("single", "nothing listens on the container port ws 8081", m => Container(m)["ports"]![0]!["containerPort"] = 8081),
        ["a silo port nobody listens on"] = new("orleans", "nothing listens on the container port silo 11112", m => Port(m, "silo")["containerPort"] = 11112),
        ["a silo port that is moved in the settings alone"] = new("orleans", "nothing listens on the container port gateway", m => Settings(m)["Reassembly__Cluster__GatewayPort"] = "30001"),
        ["a service with the wrong target port"] = new("single", "has no port http", m => m.OfKind("Service").First()["spec"]!["ports"]![0]!["targetPort"] = "http"),
        ["a probe on the wrong port"] = new("orleans", "livenessProbe asks port silo", m => Silo(m)["livenessProbe"]!["httpGet"]!["port"] = "silo"),
        ["a network policy for the wrong port"] = new("single", "has no port 80", m => Policy(m, "reassembly-edge")["ingress"]![0]!["ports"]![0]!["port"] = 80),
        ["a probe of a path that is not there"] = new("single", "readinessProbe asks /healthz", m => Container(m)["readinessProbe"]!["httpGet"]!["path"] = "/healthz"),
        ["a probe of a silo for what only edges answer"] = new("orleans", "readinessProbe asks /limits, which a silo does not answer", m => Silo(m)["readinessProbe"]!["httpGet"]!["path"] = "/limits"),
        ["a liveness probe that kills when the store is away"] = new("single", "livenessProbe must ask /health/live", m => Container(m)["livenessProbe"]!["httpGet"]!["path"] = "/health/ready"),
        ["no startup probe"] = new("single", "has no startupProbe", m => Container(m).AsObject().Remove("startupProbe")),
        ["a grace period that is too short"] = new("single", "terminationGracePeriodSeconds is 44", m => Pod(m)["terminationGracePeriodSeconds"] = 44),
        ["the default grace period"] = new("single", "terminationGracePeriodSeconds is 30", m => Pod(m).AsObject().Remove("terminationGracePeriodSeconds")),
        ["a longer preStop alone"] = new("single", "preStop 20", m => Container(m)["lifecycle"]!["preStop"]!["sleep"]!["seconds"] = 20),
        ["no preStop"] = new("single", "without preStop", m => Container(m).AsObject().Remove("lifecycle")),
        ["a drain beyond the host's shutdown"] = new("single", "DrainSeconds is 25", m => Settings(m)["Reassembly__Edge__DrainSeconds"] = "25"),
        ["a missing ConfigMap"] = new("single", "there is no ConfigMap", m => m.Objects.Remove(m.OfKind("ConfigMap").Single())),
        ["a missing Secret"] = new("cluster", "there is no Secret", m => m.Objects.Remove(m.OfKind("Secret").Single())),
        ["a key that the Secret lacks"] = new("cluster", "has no Reassembly__Postgres__ConnectionString", m => m.OfKind("Secret").Single()["data"] = new JsonObject()),
        ["a missing service account"] = new("single", "there is no ServiceAccount", m => m.Objects.Remove(m.OfKind("ServiceAccount").Single())),
        ["a missing claim"] = new("single", "there is no volume data", m => Workload(m).Item["spec"]!.AsObject().Remove("volumeClaimTemplates")),
        ["a missing headless service"] = new("orleans", "there is no Service reassembly-silo", m => m.Objects.Remove(m.Find("Service", "reassembly-silo")!)),
        ["a service that selects nothing"] = new("single", "spec.selector selects no pod", m => m.OfKind("Service").First()["spec"]!["selector"]!["app.kubernetes.io/component"] = "edges"),
        ["a service that selects silos too"] = new("orleans", "selects the pods of several workloads", m => m.Find("Service", "reassembly")!["spec"]!["selector"]!.AsObject().Remove("app.kubernetes.io/component")),
        ["a workload that does not select its pods"] = new("cluster", "spec.selector selects no pod", m => Workload(m).Item["spec"]!["selector"]!["matchLabels"]!["app.kubernetes.io/component"] = "other"),
        ["a workload that selects another's pods"] = new("orleans", "selects the pods of", m => m.Find("Deployment", "reassembly-edge")!["spec"]!["selector"]!["matchLabels"]!.AsObject().Remove("app.kubernetes.io/component")),
        ["a spread over other pods"] = new("cluster", "by labels that its pods do not have", m => Pod(m)["topologySpreadConstraints"]![0]!["labelSelector"]!["matchLabels"]!["app.kubernetes.io/component"] = "silo"),
        ["a disruption budget for nobody"] = new("cluster", "spec.selector.matchLabels selects no pod", m => m.OfKind("PodDisruptionBudget").Single()["spec"]!["selector"]!["matchLabels"]!["app.kubernetes.io/name"] = "other"),
        ["a disruption budget that lets nobody go"] = new("cluster", "0 of the 3 pods", m => m.OfKind("PodDisruptionBudget").Single()["spec"]!["maxUnavailable"] = 0),
        ["a disruption budget that lets all go"] = new("orleans", "3 of the 3 pods", m => m.Find("PodDisruptionBudget", "reassembly-silo")!["spec"]!["maxUnavailable"] = 3),
        ["an autoscaler of nothing"] = new("cluster", "its target is not there", m => m.OfKind("HorizontalPodAutoscaler").Single()["spec"]!["scaleTargetRef"]!["name"] = "other"),
        ["replicas beside an autoscaler"] = new("cluster", "sets replicas itself", m => Workload(m).Item["spec"]!["replicas"] = 3),
        ["an autoscaler without a cpu request"] = new("cluster", "requests no cpu", m => Container(m)["resources"]!["requests"]!.AsObject().Remove("cpu")),
        ["a network policy for nobody"] = new("single", "spec.podSelector.matchLabels selects no pod", m => Policy(m, "reassembly-edge")["podSelector"]!["matchLabels"]!["app.kubernetes.io/component"] = "other"),
        ["no way to the database"] = new("cluster", "lets it out to port 5432", m => m.Objects.Remove(m.Find("NetworkPolicy", "reassembly-database")!)),
        ["no way to the names"] = new("single", "lets it out to port 53", m => Policy(m, "reassembly")["egress"]!.AsArray().Clear()),
        ["no way between silos"] = new("orleans", "lets it out to port 11111 of StatefulSet reassembly-silo", m => Policy(m, "reassembly-silo")["egress"]!.AsArray().Clear()),
        ["no way from edges to gateways"] = new("orleans", "lets it out to port 30000 of StatefulSet reassembly-silo", m => m.Objects.Remove(m.Find("NetworkPolicy", "reassembly-gateway")!)),
        ["no way in for senders"] = new("single", "lets anybody in to port ws", m => Policy(m, "reassembly-edge")["ingress"]!.AsArray().Clear()),
        ["a silo port open to all"] = new("orleans", "port silo 11111 is open to others", m => Policy(m, "reassembly-silo")["ingress"]![0]!.AsObject().Remove("from")),
        ["a gateway open to another namespace"] = new("orleans", "port gateway 30000 is open to others", m => Policy(m, "reassembly-silo")["ingress"]![1]!["from"]![0]!["namespaceSelector"] = new JsonObject()),
        ["a writable root file system"] = new("single", "readOnlyRootFilesystem must be true", m => Container(m)["securityContext"]!["readOnlyRootFilesystem"] = false),
        ["root"] = new("single", "runAsNonRoot must be true", m => Pod(m)["securityContext"]!.AsObject().Remove("runAsNonRoot")),
        ["capabilities kept"] = new("single", "capabilities must drop ALL", m => Container(m)["securityContext"]!.AsObject().Remove("capabilities")),
        ["no limit of memory"] = new("single", "limits.memory is not set", m => Container(m)["resources"]!.AsObject().Remove("limits")),
        ["an image that nobody makes"] = new("single", "is not an image that the Dockerfile makes", m => Container(m)["image"] = "reassembly-node"),
    };

    public static TheoryData<string> Names => [.. Mutations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_is_found(string name)
    {
        var mutation = Mutations[name];
        var manifests = Manifests.OfOverlay(mutation.Overlay);
        Assert.DoesNotContain(await AllChecks.FaultsAsync(manifests), fault => fault.Contains(mutation.Fault, StringComparison.Ordinal));
        mutation.Spoil(manifests);
        Assert.Contains(await AllChecks.FaultsAsync(manifests), fault => fault.Contains(mutation.Fault, StringComparison.Ordinal));
    }

    private static Workload Workload(Manifests manifests) => manifests.Workloads.First();

    private static JsonNode Pod(Manifests manifests) => Workload(manifests).Pod!;

    private static JsonNode Container(Manifests manifests) => Workload(manifests).Container;

    private static JsonNode Silo(Manifests manifests) => manifests.Workloads.Single(workload => workload.Name == "StatefulSet reassembly-silo").Container;

    private static JsonNode Port(Manifests manifests, string name) => Silo(manifests)["ports"]!.AsArray().Single(port => port.Text("name") == name)!;

    private static JsonNode Settings(Manifests manifests) => manifests.OfKind("ConfigMap").Single()["data"]!;

    private static JsonNode Policy(Manifests manifests, string name) => manifests.Find("NetworkPolicy", name)!["spec"]!;

    private static void Rename(JsonNode node, string from, string to)
    {
        var value = node[from]!.DeepClone();
        node.AsObject().Remove(from);
        node[to] = value;
    }

    /// <param name="Overlay">What is spoilt.</param>
    /// <param name="Fault">What the fault must say.</param>
    /// <param name="Spoil">How.</param>
    private sealed record Mutation(string Overlay, string Fault, Action<Manifests> Spoil);
}
