using Reassembly.Core.Delivery;
using Reassembly.Core.Limits;
using Reassembly.Edge.Settings;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Delivery;
using Reassembly.Storage.Postgres;
using Reassembly.Webhooks.Settings;

namespace Reassembly.Hosting;

/// <summary>A misspelt setting must not pass for one that was never made: it stops the start.</summary>
internal static class UnknownSettings
{
    private const string Root = "Reassembly";

    // Several parts may have settings in one section.
    private static readonly Dictionary<string, Type[]> Shared = new(StringComparer.OrdinalIgnoreCase)
    {
        [LimitsOptions.Section] = [typeof(LimitsOptions)],
        [EdgeOptions.Section] = [typeof(EdgeOptions)],
        [DiskStoreOptions.Section] = [typeof(DiskStoreOptions)],
        [PostgresStoreOptions.Section] = [typeof(PostgresStoreOptions)],
        [DeliveryOptions.Section] = [typeof(DeliveryOptions), typeof(DirectoryDeliveryOptions)],
        [ChannelsOptions.Section] = [typeof(ChannelsOptions)],
    };

    /// <param name="configuration">What is set.</param>
    /// <param name="ownSections">Sections that this host alone knows, and the types of their options.</param>
    /// <exception cref="InvalidOperationException">Names the first setting under <c>Reassembly:</c> that is none.</exception>
    public static void Check(IConfiguration configuration, IReadOnlyDictionary<string, Type> ownSections)
    {
        var sections = new Dictionary<string, Type[]>(Shared, StringComparer.OrdinalIgnoreCase);
        foreach (var (section, options) in ownSections)
        {
            sections[section] = [options];
        }

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

            CheckSection(section, options);
        }
    }

    /// <summary>A dictionary's keys are names that the operator chose; every other key is a property.</summary>
    private static void CheckSection(IConfigurationSection section, params Type[] options)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            throw new InvalidOperationException($"{section.Path} is a section of settings and has no value of its own.");
        }

        var byName = ElementOf(options[0]);
        var properties = options.SelectMany(static type => type.GetProperties()).ToDictionary(property => property.Name, property => property.PropertyType, StringComparer.OrdinalIgnoreCase);
        foreach (var setting in section.GetChildren())
        {
            if (byName is not null)
            {
                CheckSection(setting, byName);
            }
            else if (!properties.TryGetValue(setting.Key, out var type))
            {
                throw new InvalidOperationException($"{setting.Path} is not a setting; {section.Path} knows {string.Join(", ", properties.Keys)}.");
            }
            else if (IsSection(type))
            {
                CheckSection(setting, type);
            }
        }
    }

    private static Type? ElementOf(Type type)
        => type.BaseType is { IsGenericType: true } basis && basis.GetGenericTypeDefinition() == typeof(Dictionary<,>) ? basis.GetGenericArguments()[1] : null;

    /// <summary>Options in options are classes of this tree, named as such.</summary>
    private static bool IsSection(Type type) => type.IsClass && type.Name.EndsWith("Options", StringComparison.Ordinal);
}
