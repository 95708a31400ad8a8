using Reassembly.Deploy.Tests.Checks;
using Reassembly.Deploy.Tests.Kustomize;
using Reassembly.Deploy.Tests.Schema;

namespace Reassembly.Deploy.Tests;

/// <summary>What the overlays say about the code is so.</summary>
public sealed class ManifestTests
{
    public static TheoryData<string> Overlays => [.. Repository.Overlays];

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task An_overlay_has_no_fault(string overlay)
        => Assert.Empty(await AllChecks.FaultsAsync(Manifests.OfOverlay(overlay)));

    [Fact]
    public void The_overlays_are_those_that_the_readme_names()
        => Assert.Equal(["cluster", "orleans", "single"], Repository.Overlays);

    [Fact]
    public void The_schema_tables_define_every_object_that_they_name()
        => Assert.Empty(SchemaTable.Kubernetes.Dangling().Concat(SchemaTable.Compose.Dangling()));

    [Fact]
    public void Every_manifest_is_part_of_an_overlay_or_an_example()
    {
        var used = Repository.Overlays.SelectMany(overlay => UsedFiles.Of(Repository.Overlay(overlay))).ToHashSet();
        var examples = Path.Combine(Repository.Kubernetes, "ingress") + Path.DirectorySeparatorChar;
        var files = Directory.EnumerateFiles(Repository.Kubernetes, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, file => !used.Contains(file) && !file.StartsWith(examples, StringComparison.Ordinal));
    }
}
