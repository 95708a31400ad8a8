using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Reassembly.Core;
using Reassembly.Core.Delivery;

namespace Reassembly.Storage.Disk.Delivery;

/// <summary>The <c>.json</c> beside a delivered payload.</summary>
internal static class DeliveryDescription
{
    // For people's eyes, and never placed in HTML.
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(CommittedPayload payload)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("id", payload.Id.ToString());
            if (payload.Tenant != MessageKey.DefaultTenant)
            {
                json.WriteString("tenant", payload.Tenant);
            }

            json.WriteString("channel", payload.Channel);
            json.WriteNumber("size", payload.Size);
            json.WriteString("sha256", payload.Sha256);
            json.WriteString("contentType", payload.ContentType);
            json.WriteString("contentEncoding", payload.ContentEncoding);
            json.WriteStartObject("headers");
            foreach (var (name, value) in payload.Headers)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteNumber("attempt", payload.Attempt);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
