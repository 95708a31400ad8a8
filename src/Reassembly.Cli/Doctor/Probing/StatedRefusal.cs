using System.Text.Json;

namespace Reassembly.Cli.Doctor.Probing;

/// <summary>An <c>error</c> of the reassembly.v1 protocol: the message is refused and the connection lives on.</summary>
/// <param name="Max">The limit in bytes, where it is told.</param>
/// <param name="Hop">Who has it.</param>
internal sealed record StatedRefusal(string Code, long? Max, string? Hop)
{
    public static StatedRefusal? TryParse(string text)
    {
        if (!text.Contains("_TOO_BIG", StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("code", out var code)
                || code.ValueKind != JsonValueKind.String || code.GetString() is not ("FRAME_TOO_BIG" or "MESSAGE_TOO_BIG"))
            {
                return null;
            }

            var limit = root.TryGetProperty("limit", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
            return new StatedRefusal(
                code.GetString()!,
                limit.ValueKind == JsonValueKind.Object && limit.TryGetProperty("max", out var max) && max.TryGetInt64(out var bytes) ? bytes : null,
                limit.ValueKind == JsonValueKind.Object && limit.TryGetProperty("hop", out var hop) ? hop.ToString() : null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
