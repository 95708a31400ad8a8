using Npgsql;
using Reassembly.Hosting;
using Reassembly.Silo.Settings;
using Reassembly.Storage.Postgres;

namespace Reassembly.Silo.Membership;

/// <summary>The database of the store, for membership: on connections of its own, so that who is alive never waits behind payload.</summary>
internal static class MembershipDatabase
{
    private const int MaxConnections = 2;
    private const int TimeoutSeconds = 5;

    /// <exception cref="InvalidOperationException">The store is not in a database.</exception>
    public static void RequireSharedStore(IConfiguration configuration)
    {
        const string InPostgres = "postgres";
        var storage = configuration[ConfiguredStorage.Setting] ?? ConfiguredStorage.Default;
        if (!storage.Equals(InPostgres, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException(
                $"{ConfiguredStorage.Setting} is '{storage}'; nodes of a cluster share a store and find each other in it: set it to {InPostgres}, "
                + $"or for one node alone {ClusterNodeOptions.Section}:{nameof(ClusterNodeOptions.Membership)} to localhost.");
        }
    }

    public static MembershipSchema Open(PostgresStoreOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            MaxPoolSize = MaxConnections,
            Timeout = TimeoutSeconds,
            CommandTimeout = TimeoutSeconds,
            ApplicationName = "reassembly membership",
        };
        return new MembershipSchema(NpgsqlDataSource.Create(settings), options.Schema);
    }
}
