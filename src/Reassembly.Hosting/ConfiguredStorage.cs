using Reassembly.Core;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Postgres;

namespace Reassembly.Hosting;

public static class ConfiguredStorage
{
    /// <summary>Says where messages are kept: <c>disk</c>, <c>postgres</c> or <c>memory</c>.</summary>
    public const string Setting = "Reassembly:Storage";

    /// <summary>The store of a host that was told nothing.</summary>
    public const string Default = "disk";

    /// <summary>Keeps messages where <see cref="Setting"/> says.</summary>
    /// <exception cref="InvalidOperationException">It says something else.</exception>
    public static ReassemblyBuilder UseConfiguredStorage(this ReassemblyBuilder builder, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var chosen = configuration[Setting] ?? Default;
        return chosen.ToUpperInvariant() switch
        {
            "DISK" => builder.UseDiskStorage(),
            "POSTGRES" => builder.UsePostgresStorage(),
            "MEMORY" => builder.UseMemoryStorage(),
            _ => throw new InvalidOperationException($"{Setting} is '{chosen}'; it must be disk, postgres or memory."),
        };
    }
}
