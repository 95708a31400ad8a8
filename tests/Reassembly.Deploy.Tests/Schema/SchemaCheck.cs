using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Schema;

/// <summary>Finds fields that are not valid for their object: unknown, missing, or of another type.</summary>
internal sealed partial class SchemaCheck(SchemaTable table)
{
    /// <summary>The faults of an object of such a type, each as one sentence that starts with its path.</summary>
    public IEnumerable<string> Faults(JsonNode? node, string type, string path)
    {
        if (type.EndsWith("[]", StringComparison.Ordinal))
        {
            return node is JsonArray list
                ? list.SelectMany((entry, index) => Faults(entry, type[..^2].Trim('(', ')'), $"{path}[{index}]"))
                : [$"{path} must be a list."];
        }

        if (type.EndsWith("{}", StringComparison.Ordinal))
        {
            return node is JsonObject map
                ? map.SelectMany(pair => Faults(pair.Value, type[..^2].Trim('(', ')'), $"{path}.{pair.Key}"))
                : [$"{path} must be a map."];
        }

        if (type.EndsWith('?'))
        {
            return node is null ? [] : Faults(node, type[..^1], path);
        }

        return table.Find(type) is { } fields ? FieldFaults(node, type, fields, path)
            : node is JsonValue value ? ScalarFaults(value, type, path)
            : [$"{path} must be {type}."];
    }

    private IEnumerable<string> FieldFaults(JsonNode? node, string type, IReadOnlyDictionary<string, SchemaField> fields, string path)
    {
        if (node is not JsonObject map)
        {
            yield return $"{path} must be a {type}.";
            yield break;
        }

        foreach (var field in fields.Values.Where(field => field.IsRequired && map[field.Name] is null))
        {
            yield return $"{path} lacks {field.Name}, which a {type} must have.";
        }

        foreach (var (name, value) in map)
        {
            if (!fields.TryGetValue(name, out var field))
            {
                yield return $"{path}.{name} is not a field of {type} that the table knows.";
                continue;
            }

            foreach (var fault in Faults(value, field.Type, $"{path}.{name}"))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> ScalarFaults(JsonValue value, string type, string path)
    {
        var text = value.Text();
        var kind = value.GetValueKind();
        var isText = kind == JsonValueKind.String;
        var fits = type switch
        {
            "string" => isText,
            "bool" => kind is JsonValueKind.True or JsonValueKind.False,
            "int" => kind == JsonValueKind.Number && Whole().IsMatch(text),
            "port" => IsPort(text) && !isText,
            "portName" => isText && PortName().IsMatch(text),
            "portRef" => isText ? PortName().IsMatch(text) : IsPort(text),
            "name" => isText && ObjectName().IsMatch(text),
            "quantity" => Quantity().IsMatch(text),
            "intOrPercent" => isText ? Percent().IsMatch(text) : Whole().IsMatch(text),
            "duration" => isText && Duration().IsMatch(text),
            "scalar" => true,
            _ when type[0] == '=' => isText && text == type[1..],
            _ => isText && Regex.IsMatch(text, $"^({type})$"),
        };
        return fits ? [] : [$"{path} is '{text}'; it must be {type.TrimStart('=')}."];
    }

    private static bool IsPort(string text) => int.TryParse(text, out var port) && port is > 0 and <= 65_535;

    [GeneratedRegex("^[0-9]+$")]
    private static partial Regex Whole();

    [GeneratedRegex("^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$")]
    private static partial Regex PortName();

    [GeneratedRegex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
    private static partial Regex ObjectName();

    [GeneratedRegex("^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$")]
    private static partial Regex Quantity();

    [GeneratedRegex("^[0-9]+%$")]
    private static partial Regex Percent();

    [GeneratedRegex("^([0-9]{1,5}(h|ms|m|s)){1,4}$")]
    private static partial Regex Duration();
}
