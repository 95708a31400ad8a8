using Microsoft.Extensions.Logging;
using Npgsql;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>
/// Removes files that no record will ever name: of messages without a row (which is there since the claim, before any file), and of
/// owners that were fenced before what they wrote was recorded.
/// </summary>
internal sealed class OrphanSweep(Database database, string root, ILogger logger)
{
    private const int PageSize = 1024;

    // Other folders on the volume, such as those of its snapshots, are none of ours.
    private static readonly EnumerationOptions Ours = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };

    private readonly string _kept = $"""
        SELECT no, epoch, extents FROM {database.Schema}.message WHERE no = ANY($1)
        UNION ALL SELECT no, NULL, extents FROM {database.Schema}.dropped WHERE no = ANY($1)
        """;

    /// <returns>How many files were removed.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var page in Directory.EnumerateFiles(root, "*", Ours).Where(IsOurs).Chunk(PageSize))
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
                removed += TryDelete(path) ? 1 : 0;
            }
        }

        return removed;
    }

    private static bool IsOurs(string path)
        => Path.GetFileName(Path.GetDirectoryName(path)) is [var high, var low] && char.IsAsciiHexDigitLower(high) && char.IsAsciiHexDigitLower(low);

    private bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            PostgresLog.NotRemoved(logger, path, exception);
            return false;
        }
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
