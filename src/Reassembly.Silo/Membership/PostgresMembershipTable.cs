using System.Globalization;
using Npgsql;

namespace Reassembly.Silo.Membership;

/// <summary>Who is in the cluster, in the database that its nodes share anyway.</summary>
internal sealed class PostgresMembershipTable(MembershipSchema schema, string clusterId) : IMembershipTable
{
    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken)
    {
        await schema.CreateAsync(cancellationToken);
        if (tryInitTableVersion)
        {
            await ExecuteAsync($"INSERT INTO {schema.Clusters} (cluster_id, version) VALUES (@cluster, 0) ON CONFLICT DO NOTHING", cancellationToken);
        }
    }

    public async Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken)
    {
        await using var command = schema.Database.CreateCommand($"DELETE FROM {schema.Clusters} WHERE cluster_id = @cluster");
        command.Parameters.AddWithValue("cluster", clusterId);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken)
        => ExecuteAsync(
            $"DELETE FROM {schema.Silos} WHERE cluster_id = @cluster AND status <> @active AND greatest(started, alive) < @before",
            cancellationToken,
            new NpgsqlParameter("active", (short)SiloStatus.Active),
            new NpgsqlParameter("before", beforeDate.UtcDateTime));

    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken)
        => ReadAsync("AND silo.address = @address", cancellationToken, new NpgsqlParameter("address", key.ToParsableString()));

    public Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken) => ReadAsync(string.Empty, cancellationToken);

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken)
        => ChangeAsync(entry, tableVersion, $"""
            INSERT INTO {schema.Silos} (cluster_id, address, version, {SiloRow.Columns})
            VALUES (@cluster, @address, @version, {SiloRow.Parameters}) ON CONFLICT DO NOTHING
            """, cancellationToken);

    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken)
        => ChangeAsync(
            entry,
            tableVersion,
            $"UPDATE {schema.Silos} SET version = @version, ({SiloRow.Columns}) = ({SiloRow.Parameters}) WHERE cluster_id = @cluster AND address = @address AND version = @expected",
            cancellationToken,
            new NpgsqlParameter("expected", Version(etag)));

    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken)
        => ExecuteAsync(
            $"UPDATE {schema.Silos} SET alive = @alive WHERE cluster_id = @cluster AND address = @address",
            cancellationToken,
            new NpgsqlParameter("alive", SiloRow.Utc(entry.IAmAliveTime)),
            new NpgsqlParameter("address", entry.SiloAddress.ToParsableString()));

    // The interface still asks for these; Orleans calls those with a token.
    Task IMembershipTable.InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    Task IMembershipTable.DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    Task IMembershipTable.CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadAll() => ReadAllAsync(CancellationToken.None);

    Task<bool> IMembershipTable.InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion, CancellationToken.None);

    Task<bool> IMembershipTable.UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

    Task IMembershipTable.UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    /// <summary>One statement, and so one moment: the version and the rows belong together.</summary>
    private async Task<MembershipTableData> ReadAsync(string condition, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = schema.Database.CreateCommand($"""
            SELECT cluster.version, silo.version, silo.address, {SiloRow.Columns}
            FROM {schema.Clusters} cluster LEFT JOIN {schema.Silos} silo ON silo.cluster_id = cluster.cluster_id {condition}
            WHERE cluster.cluster_id = @cluster
            """);
        command.Parameters.AddWithValue("cluster", clusterId);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var version = 0;
        var members = new List<Tuple<MembershipEntry, string>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            version = reader.GetInt32(0);
            if (!await reader.IsDBNullAsync(1, cancellationToken))
            {
                members.Add(Tuple.Create(SiloRow.Read(reader, firstColumn: 2), Etag(reader.GetInt32(1))));
            }
        }

        return new MembershipTableData(members, new TableVersion(version, Etag(version)));
    }

    /// <summary>Raises the cluster's version from the one that the caller has seen, and changes one row with it; both or nothing.</summary>
    private async Task<bool> ChangeAsync(MembershipEntry entry, TableVersion next, string change, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var connection = await schema.Database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var raise = connection.CreateCommand();
        raise.CommandText = $"UPDATE {schema.Clusters} SET version = @version WHERE cluster_id = @cluster AND version = @seen";
        raise.Parameters.AddWithValue("cluster", clusterId);
        raise.Parameters.AddWithValue("version", next.Version);
        raise.Parameters.AddWithValue("seen", Version(next.VersionEtag));
        if (await raise.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await using var row = connection.CreateCommand();
        row.CommandText = change;
        row.Parameters.AddWithValue("cluster", clusterId);
        row.Parameters.AddWithValue("version", next.Version);
        SiloRow.AddParameters(row.Parameters, entry);
        row.Parameters.AddRange(parameters);
        if (await row.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = schema.Database.CreateCommand(statement);
        command.Parameters.AddWithValue("cluster", clusterId);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Etag(int version) => version.ToString(CultureInfo.InvariantCulture);

    private static int Version(string etag) => int.Parse(etag, CultureInfo.InvariantCulture);
}
