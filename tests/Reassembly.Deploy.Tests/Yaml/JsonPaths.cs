using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Reassembly.Deploy.Tests.Yaml;

/// <summary>Reading nested values that may be absent.</summary>
internal static class JsonPaths
{
    /// <summary>The node at a dotted path, such as <c>spec.template.spec</c>; null where there is none.</summary>
    public static JsonNode? At(this JsonNode? node, string path)
    {
        foreach (var name in path.Split('.'))
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }

    /// <summary>The scalar at a path as text.</summary>
    public static string? Text(this JsonNode? node, string path) => node.At(path) is JsonValue value ? Text(value) : null;

    public static string Text(this JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => value.ToJsonString(),
    };

    public static int? Number(this JsonNode? node, string path)
        => int.TryParse(node.Text(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The objects of the list at a path; none where there is no list.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node, string path) => (node.At(path) as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>The scalars of the list at a path.</summary>
    public static IEnumerable<string> Words(this JsonNode? node, string path) => (node.At(path) as JsonArray ?? []).OfType<JsonValue>().Select(Text);

    /// <summary>The map of strings at a path, such as labels.</summary>
    public static Dictionary<string, string> Map(this JsonNode? node, string path)
        => (node.At(path) as JsonObject ?? []).Where(pair => pair.Value is JsonValue).ToDictionary(pair => pair.Key, pair => ((JsonValue)pair.Value!).Text());
}
