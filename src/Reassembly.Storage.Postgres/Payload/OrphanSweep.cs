using Npgsql;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>
/// Removes files that no record will ever name: of messages without a row (which is there since the claim, before any file), and of
/// owners that were fenced before what they wrote was recorded.
/// </summary>
internal sealed class OrphanSweep(Database database, string root)
{
    private const int PageSize = 1024;

    private readonly string _kept = $"""
        SELECT no, epoch, extents FROM {database.Schema}.message WHERE no = ANY($1)
        UNION ALL SELECT no, NULL, extents FROM {database.Schema}.dropped WHERE no = ANY($1)
        """;

    /// <returns>How many files were removed.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var page in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Chunk(PageSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var files = new List<(string Path, PayloadFileKey Key)>();
            foreach (var path in page)
            {
                if (PayloadFileKey.TryRead(Path.GetFileName(path), out var key))
                {
                    files.Add((path, key));
                }
            }

            var kept = await database.RunAsync((_kept, files.Select(static file => file.Key.No).Distinct().ToArray()), KeptAsync, CancellationToken.None).ConfigureAwait(false);
            foreach (var (path, _) in files.Where(file => !kept.Contains(file.Key)))
            {
                File.Delete(path);
                removed++;
            }
        }

        return removed;
    }

    /// <summary>The files that records name, and for each open message that of its present owner.</summary>
    private static async Task<HashSet<PayloadFileKey>> KeptAsync(NpgsqlConnection connection, (string Sql, long[] Numbers) what)
    {
        var kept = new HashSet<PayloadFileKey>();
        using var command = new NpgsqlCommand(what.Sql, connection).With(what.Numbers);
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            var no = reader.GetInt64(0);
            kept.UnionWith(Extents.Decode(reader.GetFieldValue<byte[]>(2)).Epochs.Select(epoch => new PayloadFileKey(no, epoch)));
            if (!reader.IsDBNull(1))
            {
                kept.Add(new PayloadFileKey(no, reader.GetInt64(1)));
            }
        }

        return kept;
    }
}
