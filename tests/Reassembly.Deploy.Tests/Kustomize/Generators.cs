using System.Text;
using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Kustomize;

/// <summary>ConfigMaps and Secrets made from literals.</summary>
internal static class Generators
{
    private static readonly HashSet<string> Fields = ["name", "behavior", "literals"];

    public static void Run(JsonObject kustomization, string kind, List<JsonObject> objects, List<JsonObject> generated, string path)
    {
        foreach (var generator in kustomization.Items(kind == "ConfigMap" ? "configMapGenerator" : "secretGenerator"))
        {
            if (generator.FirstOrDefault(pair => !Fields.Contains(pair.Key)).Key is { } unknown)
            {
                throw new KustomizeException($"{path}: {unknown} is not a field of a generator that is read here; there are {string.Join(", ", Fields)}.");
            }

            var name = generator.Text("name")!;
            var existing = generated.Find(item => item.Text("kind") == kind && item.Text("metadata.name") == name);
            var data = Data(generator, kind, path);
            switch (generator.Text("behavior") ?? "create", existing)
            {
                case ("create", null):
                    var made = new JsonObject
                    {
                        ["apiVersion"] = "v1",
                        ["kind"] = kind,
                        ["metadata"] = new JsonObject { ["name"] = name },
                        ["data"] = data,
                    };
                    if (kind == "Secret")
                    {
                        made["type"] = "Opaque";
                    }

                    objects.Add(made);
                    generated.Add(made);
                    break;
                case ("merge", not null):
                    StrategicMerge.Into(existing["data"]!.AsObject(), data);
                    break;
                case ("replace", not null):
                    existing["data"] = data;
                    break;
                case var (behavior, _):
                    throw new KustomizeException($"{path}: cannot {behavior} {kind} {name}, which is {(existing is null ? "not there" : "there already")}.");
            }
        }
    }

    private static JsonObject Data(JsonObject generator, string kind, string path)
    {
        var data = new JsonObject();
        foreach (var literal in generator.Words("literals"))
        {
            var equals = literal.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new KustomizeException($"{path}: the literal '{literal}' is not name=value.");
            }

            var value = literal[(equals + 1)..];
            data.Add(literal[..equals], kind == "Secret" ? Convert.ToBase64String(Encoding.UTF8.GetBytes(value)) : value);
        }

        return data;
    }
}
