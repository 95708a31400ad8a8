using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Kustomize;

/// <summary>The files that a kustomization is made of.</summary>
internal static class UsedFiles
{
    public static IEnumerable<string> Of(string folder)
    {
        var path = Path.Combine(folder, "kustomization.yaml");
        var kustomization = YamlFile.ReadOne(path);
        var entries = kustomization.Words("resources").Concat(kustomization.Words("components")).Concat(kustomization.Items("patches").Select(patch => patch.Text("path")!));
        return entries
            .Select(entry => Path.GetFullPath(Path.Combine(folder, entry)))
            .SelectMany(entry => Directory.Exists(entry) ? Of(entry) : [entry])
            .Prepend(path);
    }
}
