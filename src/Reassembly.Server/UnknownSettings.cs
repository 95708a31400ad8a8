using Reassembly.Core.Limits;
using Reassembly.Edge.Settings;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Delivery;

namespace Reassembly.Server;

/// <summary>A misspelt setting must not pass for one that was never made: it stops the start.</summary>
internal static class UnknownSettings
{
    private const string Root = "Reassembly";

    private static readonly Dictionary<string, Type> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        [LimitsOptions.Section] = typeof(LimitsOptions),
        [EdgeOptions.Section] = typeof(EdgeOptions),
        [DiskStoreOptions.Section] = typeof(DiskStoreOptions),
        [DirectoryDeliveryOptions.Section] = typeof(DirectoryDeliveryOptions),
    };

    /// <exception cref="InvalidOperationException">Names the first setting under <c>Reassembly:</c> that is none.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var section in configuration.GetSection(Root).GetChildren())
        {
            if (!Sections.TryGetValue(section.Path, out var options))
            {
                throw new InvalidOperationException($"{section.Path} is not a section of settings; there are {string.Join(", ", Sections.Keys)}.");
            }

            var names = options.GetProperties().Select(property => property.Name).ToArray();
            foreach (var setting in section.GetChildren().Where(setting => !names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)))
            {
                throw new InvalidOperationException($"{setting.Path} is not a setting; {section.Path} knows {string.Join(", ", names)}.");
            }
        }
    }
}
