namespace Reassembly.Deploy.Tests.Schema;

/// <summary>A table of objects and their fields, as the <c>.schema</c> files beside this write it down.</summary>
internal sealed class SchemaTable
{
    private readonly Dictionary<string, Dictionary<string, SchemaField>> _objects = [];

    private SchemaTable(IEnumerable<string> lines)
    {
        Dictionary<string, SchemaField> fields = [];
        foreach (var line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line[0] == ' ')
            {
                var name = words[0].TrimEnd('!');
                fields.Add(name, new SchemaField(name, words[1], words[0].EndsWith('!')));
                continue;
            }

            fields = [];
            _objects.Add(words[0], fields);
            if (words.Length > 1)
            {
                fields.Add("apiVersion", new SchemaField("apiVersion", "=" + words[1], true));
                fields.Add("kind", new SchemaField("kind", "=" + words[0], true));
            }
        }
    }

    /// <summary>Kubernetes objects, by kind.</summary>
    public static SchemaTable Kubernetes { get; } = Load("kubernetes.schema");

    /// <summary>A compose file.</summary>
    public static SchemaTable Compose { get; } = Load("compose.schema");

    public IReadOnlyDictionary<string, SchemaField>? Find(string type) => _objects.GetValueOrDefault(type);

    /// <summary>Types that fields name and nobody defines.</summary>
    public IEnumerable<string> Dangling() => _objects.Values
        .SelectMany(fields => fields.Values)
        .Select(field => field.Type)
        .Select(type => type.TrimEnd('[', ']', '{', '}', '?'))
        .Where(type => char.IsUpper(type[0]) && !type.Contains('|', StringComparison.Ordinal) && !_objects.ContainsKey(type));

    private static SchemaTable Load(string name)
    {
        using var reader = new StreamReader(typeof(SchemaTable).Assembly.GetManifestResourceStream(name)!);
        return new SchemaTable(reader.ReadToEnd().Split('\n'));
    }
}

/// <summary>One field: its name, its type as written in the table, whether it must be there.</summary>
internal sealed record SchemaField(string Name, string Type, bool IsRequired);
