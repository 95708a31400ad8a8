namespace Reassembly.Cli.Doctor.Wire;

/// <summary>The head of an HTTP/1.1 answer, as it came: the words and the order of the fields tell servers apart.</summary>
/// <param name="StatusLine">The first line, its trailing blanks included.</param>
internal sealed record HttpHead(string StatusLine, int Status, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    public static HttpHead? TryParse(string text)
    {
        var lines = text.Split("\r\n");
        var parts = lines[0].Split(' ', 3);
        if (parts.Length < 2 || !parts[0].StartsWith("HTTP/", StringComparison.Ordinal) || !int.TryParse(parts[1], out var status))
        {
            return null;
        }

        var fields = new List<KeyValuePair<string, string>>();
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':');
            if (colon > 0)
            {
                fields.Add(new(line[..colon].Trim(), line[(colon + 1)..].Trim()));
            }
        }

        return new HttpHead(lines[0], status, fields);
    }

    /// <summary>The values of a field, joined with commas; <see langword="null"/> where it does not stand there.</summary>
    public string? this[string name]
    {
        get
        {
            var values = Fields.Where(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value).ToList();
            return values.Count == 0 ? null : string.Join(", ", values);
        }
    }
}
