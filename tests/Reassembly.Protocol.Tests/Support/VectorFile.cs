using System.Text;
using System.Text.Json;

namespace Reassembly.Protocol.Tests.Support;

/// <summary>One file of tests/vectors, its vectors by name.</summary>
internal sealed class VectorFile
{
    private readonly Dictionary<string, JsonElement> _vectors = [];

    public VectorFile(string fileName)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", fileName)));
        foreach (var vector in document.RootElement.GetProperty("vectors").EnumerateArray())
        {
            _vectors.Add(vector.GetProperty("name").GetString()!, vector.Clone());
        }
    }

    public TheoryData<string> Names => [.. _vectors.Keys];

    public TheoryData<string> ValidNames => [.. _vectors.Where(vector => ErrorOf(vector.Value) is null).Select(vector => vector.Key)];

    public IEnumerable<JsonElement> All => _vectors.Values;

    public JsonElement this[string name] => _vectors[name];

    /// <summary>The bytes of a control text: <c>text</c> in UTF-8, or <c>hex</c> where they are no text.</summary>
    public static byte[] TextOf(JsonElement vector)
        => vector.TryGetProperty("hex", out var hex) ? Convert.FromHexString(hex.GetString()!) : Encoding.UTF8.GetBytes(vector.GetProperty("text").GetString()!);

    /// <summary>The <c>error</c> that is expected, or null where the input is valid.</summary>
    public static string? ErrorOf(JsonElement vector) => vector.TryGetProperty("error", out var error) ? error.GetString() : null;
}
