using Reassembly.Core.Limits;
using Reassembly.Edge.Settings;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Delivery;
using Reassembly.Storage.Postgres;

namespace Reassembly.Hosting;

/// <summary>A misspelt setting must not pass for one that was never made: it stops the start.</summary>
internal static class UnknownSettings
{
    private const string Root = "Reassembly";

    private static readonly Dictionary<string, Type> Shared = new(StringComparer.OrdinalIgnoreCase)
    {
        [LimitsOptions.Section] = typeof(LimitsOptions),
        [EdgeOptions.Section] = typeof(EdgeOptions),
        [DiskStoreOptions.Section] = typeof(DiskStoreOptions),
        [PostgresStoreOptions.Section] = typeof(PostgresStoreOptions),
        [DirectoryDeliveryOptions.Section] = typeof(DirectoryDeliveryOptions),
    };

    /// <param name="configuration">What is set.</param>
    /// <param name="ownSections">Sections that this host alone knows, and the types of their options.</param>
    /// <exception cref="InvalidOperationException">Names the first setting under <c>Reassembly:</c> that is none.</exception>
    public static void Check(IConfiguration configuration, IReadOnlyDictionary<string, Type> ownSections)
    {
        var sections = new Dictionary<string, Type>(Shared.Concat(ownSections), StringComparer.OrdinalIgnoreCase);
        foreach (var section in configuration.GetSection(Root).GetChildren())
        {
            if (section.Path.Equals(ConfiguredStorage.Setting, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (!sections.TryGetValue(section.Path, out var options))
            {
                throw new InvalidOperationException($"{section.Path} is not a section of settings; there are {string.Join(", ", sections.Keys)}, and {ConfiguredStorage.Setting}.");
            }

            var names = options.GetProperties().Select(property => property.Name).ToArray();
            foreach (var setting in section.GetChildren().Where(setting => !names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)))
            {
                throw new InvalidOperationException($"{setting.Path} is not a setting; {section.Path} knows {string.Join(", ", names)}.");
            }
        }
    }
}
