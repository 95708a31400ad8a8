using System.Text.Json;

namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>What came of a message that was to be compressed on the way.</summary>
/// <param name="Negotiated">Whether permessage-deflate was agreed on.</param>
/// <param name="Code">Close code; <see langword="null"/> where the connection was not closed.</param>
/// <param name="Reason">Of the close.</param>
/// <param name="Answer">The first text after <c>welcome</c>, if one came.</param>
internal sealed record Deflated(bool Negotiated, int? Code, string? Reason, string? Answer)
{
    public static Deflated Read(JsonElement answer) => new(
        answer.GetProperty("negotiated").GetBoolean(),
        answer.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number ? code.GetInt32() : null,
        answer.TryGetProperty("reason", out var reason) ? reason.GetString() : null,
        answer.TryGetProperty("answer", out var text) ? text.GetString() : null);
}
