using System.Diagnostics;
using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Kustomize;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests;

/// <summary>The reader of kustomizations resolves what kustomize resolves.</summary>
public sealed class KustomizeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Overlays => [.. Repository.Overlays];

    [KubectlTheory]
    [MemberData(nameof(Overlays))]
    public async Task Our_reader_and_kubectl_agree(string overlay)
    {
        var start = new ProcessStartInfo("kubectl", ["kustomize", Repository.Overlay(overlay)]) { RedirectStandardOutput = true };
        using var kubectl = Process.Start(start)!;
        var text = await kubectl.StandardOutput.ReadToEndAsync().WaitAsync(Patience, TimeProvider.System);
        await kubectl.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
        Assert.Equal(0, kubectl.ExitCode);
        Assert.Equal(Sorted(YamlFile.Parse(text)), Sorted(Kustomization.Build(Repository.Overlay(overlay))));
    }

    [Fact]
    public void A_field_that_is_not_read_stops_the_reader()
    {
        var folder = Directory.CreateTempSubdirectory("reassembly-kustomize-");
        File.WriteAllText(Path.Combine(folder.FullName, "kustomization.yaml"), "namePrefix: other-\n");
        var fault = Assert.Throws<KustomizeException>(() => Kustomization.Build(folder.FullName));
        folder.Delete(recursive: true);
        Assert.Contains("namePrefix is not a field that is read here", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_resource_that_is_not_there_stops_the_reader()
    {
        var folder = Directory.CreateTempSubdirectory("reassembly-kustomize-");
        File.WriteAllText(Path.Combine(folder.FullName, "kustomization.yaml"), "resources: [service.yaml]\n");
        var fault = Assert.Throws<KustomizeException>(() => Kustomization.Build(folder.FullName));
        folder.Delete(recursive: true);
        Assert.Contains("service.yaml is not there", fault.Message, StringComparison.Ordinal);
    }

    private static string Sorted(IEnumerable<JsonNode> objects) => string.Join('\n', objects.Select(item => Sorted(item)!.ToJsonString()).Order(StringComparer.Ordinal));

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
