using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Kustomize;

/// <summary>Gives generated objects the name with the hash of what is in them, and says that name wherever a pod refers to them.</summary>
internal static class GeneratedNames
{
    private const int HashLength = 10;

    private static readonly JsonSerializerOptions AsGoWrites = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, string[]> References = new()
    {
        ["ConfigMap"] = ["configMapRef", "configMapKeyRef"],
        ["Secret"] = ["secretRef", "secretKeyRef"],
    };

    public static void Apply(List<JsonObject> objects, List<JsonObject> generated)
    {
        foreach (var item in generated)
        {
            var kind = item.Text("kind")!;
            var plain = item.Text("metadata.name")!;
            var hashed = $"{plain}-{Hash(item)}";
            item["metadata"]!["name"] = hashed;
            foreach (var target in objects)
            {
                Rename(target, References[kind], plain, hashed);
            }
        }
    }

    private static void Rename(JsonNode? node, string[] references, string plain, string hashed)
    {
        if (node is JsonArray list)
        {
            foreach (var entry in list)
            {
                Rename(entry, references, plain, hashed);
            }
        }

        foreach (var (name, value) in (node as JsonObject ?? []).ToList())
        {
            if (references.Contains(name) && value.Text("name") == plain)
            {
                value!["name"] = hashed;
            }

            Rename(value, references, plain, hashed);
        }
    }

    /// <summary>Kustomize's own hash: SHA-256 of the sorted JSON, and of its hexadecimal form the first characters, some of them replaced so that no word is spelt.</summary>
    private static string Hash(JsonObject item)
    {
        var hashed = new JsonObject
        {
            ["data"] = new JsonObject(item["data"]!.AsObject().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))),
            ["kind"] = item.Text("kind"),
            // Kustomize means the object's name here, and looks it up where it never is.
            ["name"] = string.Empty,
        };
        if (item.Text("type") is { } type)
        {
            hashed["type"] = type;
        }

        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hashed.ToJsonString(AsGoWrites))));
        return string.Concat(digest[..HashLength].Select(letter => letter switch { '0' => 'g', '1' => 'h', '3' => 'k', 'a' => 'm', 'e' => 't', _ => letter }));
    }
}
