using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Reassembly.Storage.Postgres;

/// <summary>The settings under <c>Reassembly:Postgres</c>.</summary>
public sealed class PostgresStoreOptions
{
    public const string Section = "Reassembly:Postgres";

    /// <summary>The value of <see cref="Payload"/> for bytes in the database.</summary>
    public const string InDatabase = "database";

    /// <summary>The value of <see cref="Payload"/> for bytes in <see cref="PayloadDirectory"/>.</summary>
    public const string InDirectory = "directory";

    /// <summary>Fewer connections than these would leave none for questions beside the writers, the news and the lease.</summary>
    internal const int LeastConnections = 4;

    /// <summary>Where the database is, as Npgsql takes it: <c>Host=db;Database=reassembly;Username=reassembly;Password=…</c>.</summary>
    /// <value>none; it must be set</value>
    public string ConnectionString { get; set; } = string.Empty;

    /// <summary>Where payload bytes lie: <c>database</c>, or <c>directory</c> for files on a volume that all nodes mount.</summary>
    /// <value><c>database</c></value>
    public string Payload { get; set; } = InDatabase;

    /// <summary>The folder on the shared volume; for <c>directory</c> only.</summary>
    /// <value>none</value>
    public string? PayloadDirectory { get; set; }

    /// <summary>The schema that holds the tables; made where it is not there.</summary>
    /// <value><c>reassembly</c></value>
    public string Schema { get; set; } = "reassembly";

    /// <summary>Most connections this node opens.</summary>
    /// <value>16</value>
    public int MaxConnections { get; set; } = 16;

    /// <summary>
    /// How long a statement may take, and how long one waits for a connection. No setting: a node must notice in time that it is cut off.
    /// Tests of anything else are more patient with a slow disk.
    /// </summary>
    internal TimeSpan Patience { get; set; } = Database.Patience;

    internal bool KeepsPayloadInFiles => Payload.Equals(InDirectory, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Each wrong or unknown setting is one sentence that names it.</summary>
internal sealed class PostgresStoreOptionsValidator(IConfiguration? configuration = null) : IValidateOptions<PostgresStoreOptions>
{
    // Short enough for the names that are made of it; so written that it never needs quoting.
    private const int MaxSchemaLength = 40;

    public ValidateOptionsResult Validate(string? name, PostgresStoreOptions options)
    {
        var faults = new List<string>();
        if (FindConnectionFault(options.ConnectionString) is { } fault)
        {
            faults.Add($"{Path(nameof(options.ConnectionString))} {fault}");
        }

        var inDatabase = options.Payload.Equals(PostgresStoreOptions.InDatabase, StringComparison.OrdinalIgnoreCase);
        if (!inDatabase && !options.KeepsPayloadInFiles)
        {
            faults.Add($"{Path(nameof(options.Payload))} is '{options.Payload}'; it must be {PostgresStoreOptions.InDatabase} or {PostgresStoreOptions.InDirectory}.");
        }

        if (options.KeepsPayloadInFiles && (string.IsNullOrWhiteSpace(options.PayloadDirectory) || options.PayloadDirectory.Contains('\0', StringComparison.Ordinal)))
        {
            faults.Add($"{Path(nameof(options.PayloadDirectory))} is empty or not a path; with {nameof(options.Payload)}={PostgresStoreOptions.InDirectory} it must name a folder that all nodes see.");
        }

        if (!IsPlainName(options.Schema))
        {
            faults.Add($"{Path(nameof(options.Schema))} is '{options.Schema}'; it must be up to {MaxSchemaLength} lower-case letters, digits and underscores, a letter first.");
        }

        if (options.MaxConnections is < PostgresStoreOptions.LeastConnections or > 1000)
        {
            faults.Add($"{Path(nameof(options.MaxConnections))} is {options.MaxConnections}; it must be from {PostgresStoreOptions.LeastConnections} to 1000.");
        }

        var names = typeof(PostgresStoreOptions).GetProperties().Select(static property => property.Name).ToArray();
        foreach (var setting in configuration?.GetSection(PostgresStoreOptions.Section).GetChildren() ?? [])
        {
            if (!names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
            {
                faults.Add($"{setting.Path} is not a setting; {PostgresStoreOptions.Section} knows {string.Join(", ", names)}.");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static string Path(string setting) => $"{PostgresStoreOptions.Section}:{setting}";

    private static string? FindConnectionFault(string connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return "is not set; it must say where the database is, such as Host=db;Database=reassembly;Username=reassembly;Password=….";
        }

        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connectionString).Host) ? "names no Host." : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Not the string itself, which may hold a password.
            return $"cannot be read: {exception.Message.TrimEnd('.')}.";
        }
    }

    private static bool IsPlainName(string schema)
        => schema.Length is > 0 and <= MaxSchemaLength
            && char.IsAsciiLetterLower(schema[0])
            && schema.All(static character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_');
}
