using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Reassembly.Deploy.Tests.Yaml;

/// <summary>YAML as JSON nodes: documents in their order, scalars of the type that Kubernetes would read.</summary>
internal static class YamlFile
{
    public static List<JsonNode> Read(string path) => Parse(File.ReadAllText(path));

    public static JsonObject ReadOne(string path) => Read(path).Single().AsObject();

    /// <exception cref="YamlException">It is not YAML, or a key is there twice.</exception>
    public static List<JsonNode> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => ToJson(document.RootNode)).OfType<JsonNode>()];
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Resolve(plain.Value!),
        YamlScalarNode text => JsonValue.Create(text.Value),
        _ => throw new InvalidOperationException($"{node.GetType().Name} at line {node.Start.Line} is not read here."),
    };

    private static JsonValue? Resolve(string plain)
    {
        if (plain is "" or "~" or "null")
        {
            return null;
        }

        if (plain is "true" or "false")
        {
            return JsonValue.Create(plain == "true");
        }

        return long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
            : double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? JsonValue.Create(real)
            : JsonValue.Create(plain);
    }
}
