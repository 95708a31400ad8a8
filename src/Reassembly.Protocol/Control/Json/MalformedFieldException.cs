using System.Text.Json;

namespace Reassembly.Protocol.Control.Json;

/// <summary>A field that has not its form. The message says what the form is, in words for the peer; the serializer adds the field's path.</summary>
internal sealed class MalformedFieldException(string form) : JsonException(form);
