using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Kustomize;

/// <summary>
/// Builds a kustomization as <c>kubectl kustomize</c> does, for the fields that this tree uses; any other stops it. The order is
/// kustomize's: resources, components, generators, patches; names of generated objects get their hash at the very end.
/// </summary>
internal static class Kustomization
{
    private static readonly HashSet<string> Fields = ["apiVersion", "kind", "resources", "components", "configMapGenerator", "secretGenerator", "patches"];

    /// <summary>The objects that applying the folder would send.</summary>
    /// <exception cref="KustomizeException">Something in it does not resolve.</exception>
    public static List<JsonObject> Build(string folder)
    {
        var objects = new List<JsonObject>();
        var generated = new List<JsonObject>();
        Accumulate(Path.GetFullPath(folder), objects, generated);
        GeneratedNames.Apply(objects, generated);
        return objects;
    }

    private static void Accumulate(string folder, List<JsonObject> objects, List<JsonObject> generated)
    {
        var path = Path.Combine(folder, "kustomization.yaml");
        if (!File.Exists(path))
        {
            throw new KustomizeException($"{path} is not there.");
        }

        var kustomization = YamlFile.ReadOne(path);
        if (kustomization.FirstOrDefault(pair => !Fields.Contains(pair.Key)).Key is { } unknown)
        {
            throw new KustomizeException($"{path}: {unknown} is not a field that is read here; there are {string.Join(", ", Fields)}.");
        }

        foreach (var entry in kustomization.Words("resources").Concat(kustomization.Words("components")))
        {
            Add(Path.GetFullPath(Path.Combine(folder, entry)), objects, generated);
        }

        Generators.Run(kustomization, "ConfigMap", objects, generated, path);
        Generators.Run(kustomization, "Secret", objects, generated, path);
        foreach (var patch in kustomization.Items("patches"))
        {
            Patch(folder, patch, objects);
        }
    }

    private static void Add(string path, List<JsonObject> objects, List<JsonObject> generated)
    {
        if (Directory.Exists(path))
        {
            Accumulate(path, objects, generated);
            return;
        }

        if (!File.Exists(path))
        {
            throw new KustomizeException($"{path} is not there.");
        }

        foreach (var document in YamlFile.Read(path).Select(node => node.AsObject()))
        {
            if (objects.Any(other => IdOf(other) == IdOf(document)))
            {
                throw new KustomizeException($"{path}: {IdOf(document)} is there twice.");
            }

            objects.Add(document);
        }
    }

    private static void Patch(string folder, JsonObject patch, List<JsonObject> objects)
    {
        var path = Path.Combine(folder, patch.Text("path") ?? throw new KustomizeException($"{folder}: a patch without a path is not read here."));
        var kinds = patch.Text("target.kind")?.Split('|') ?? throw new KustomizeException($"{path}: a patch without target.kind is not read here.");
        var labels = patch.Text("target.labelSelector")?.Split(',').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]) ?? [];
        var targets = objects.Where(target => kinds.Contains(target.Text("kind")) && labels.All(target.Map("metadata.labels").Contains)).ToList();
        if (targets.Count == 0)
        {
            throw new KustomizeException($"{path}: nothing is of kind {string.Join(" or ", kinds)} with these labels.");
        }

        foreach (var target in targets)
        {
            // Name and kind of a patch with a target are placeholders.
            var change = YamlFile.ReadOne(path);
            change.Remove("apiVersion");
            change.Remove("kind");
            change.Remove("metadata");
            StrategicMerge.Into(target, change);
        }
    }

    private static string IdOf(JsonObject item) => $"{item.Text("apiVersion")} {item.Text("kind")} {item.Text("metadata.name")}";
}

/// <summary>A kustomization that does not resolve; the message names the file.</summary>
internal sealed class KustomizeException(string message) : Exception(message);
