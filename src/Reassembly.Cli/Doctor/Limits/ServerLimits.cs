using System.Text.Json.Serialization;

namespace Reassembly.Cli.Doctor.Limits;

/// <summary>What <c>GET /limits</c> of a Reassembly server gives: each limit, and the setting that it comes from.</summary>
internal sealed record ServerLimits(IReadOnlyDictionary<string, long> Limits, IReadOnlyDictionary<string, SettingSource> Settings)
{
    public long? this[string name] => Limits.TryGetValue(name, out var value) ? value : null;
}

/// <summary>A setting, and what set it.</summary>
internal sealed record SettingSource([property: JsonRequired] string Setting, [property: JsonRequired] string Source);
