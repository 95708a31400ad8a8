using System.Globalization;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Deploy.Tests.Containers;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>Every variable that a container gets is a setting of the host in its image, with a value of its type.</summary>
internal static class SettingsCheck
{
    public static IEnumerable<string> Faults(Manifests manifests) => manifests.Workloads.SelectMany(workload =>
        Dockerfile.Ours.HostOfImage(workload.Image) is { } host && ProjectGraph.Exists(host)
            ? Faults(host, workload.Environment(manifests)).Select(fault => $"{workload.Name}: {fault}")
            : [$"{workload.Name}: {workload.Image} is not an image that the Dockerfile makes."]);

    /// <summary>The same for any environment, such as that of a compose service.</summary>
    public static IEnumerable<string> Faults(string host, IReadOnlyDictionary<string, string> environment)
    {
        var known = SettingCatalogue.Of(host).ToArray();
        foreach (var (name, value) in environment)
        {
            if (known.FirstOrDefault(setting => setting.IsSetBy(name)) is not { } setting)
            {
                yield return $"{name} is not a setting of {host}.";
            }
            else if (!Fits(setting.Type.TrimEnd('?'), value))
            {
                yield return $"{name} is '{value}'; {setting.Path} is a {setting.Type}.";
            }
        }
    }

    private static bool Fits(string type, string value) => type switch
    {
        "string" => value.Length > 0,
        "int" => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        "long" => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        "bool" => bool.TryParse(value, out _),
        _ => SettingCatalogue.MembersOf(type).Contains(value, StringComparer.OrdinalIgnoreCase),
    };
}
