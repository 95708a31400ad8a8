using System.Text.Json.Serialization;
using Reassembly.Protocol.Control.Json;

namespace Reassembly.Protocol.Errors;

/// <summary>The limit behind an error: which one, its value, what came instead, and the hop that keeps it.</summary>
/// <param name="Name">The limit's name as in <c>welcome.limits</c>.</param>
/// <param name="Max">Its value, in the limit's unit.</param>
/// <param name="Actual">What came, in the same unit; at least that much where the rest was not read.</param>
/// <param name="Hop">Who keeps it, such as <c>edge</c> or <c>store</c>.</param>
public sealed record LimitDetail(
    string Name,
    [property: JsonConverter(typeof(SafeIntegerConverter))] long Max,
    [property: JsonConverter(typeof(SafeIntegerConverter))] long Actual,
    string Hop);
