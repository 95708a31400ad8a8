using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Reassembly.Storage.Disk;

/// <summary>The settings under <c>Reassembly:Disk</c>.</summary>
public sealed class DiskStoreOptions
{
    public const string Section = "Reassembly:Disk";

    /// <summary>The folder that holds the catalogue and the payload files; made where it is not there. One process at a time.</summary>
    /// <value><c>./data</c>, relative to the current directory</value>
    public string Path { get; set; } = "./data";
}

/// <summary>Each wrong or unknown setting is one sentence that names it.</summary>
internal sealed class DiskStoreOptionsValidator(IConfiguration? configuration = null) : IValidateOptions<DiskStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, DiskStoreOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Path) || options.Path.Contains('\0', StringComparison.Ordinal))
        {
            faults.Add($"{DiskStoreOptions.Section}:{nameof(options.Path)} is empty or not a path; it must name a folder.");
        }

        foreach (var setting in configuration?.GetSection(DiskStoreOptions.Section).GetChildren() ?? [])
        {
            if (!setting.Key.Equals(nameof(options.Path), StringComparison.OrdinalIgnoreCase))
            {
                faults.Add($"{setting.Path} is not a setting; {DiskStoreOptions.Section} knows {nameof(options.Path)}.");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
