using Microsoft.Data.Sqlite;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Disk.Ledger;
using Reassembly.Storage.Disk.Payload;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>Questions to the catalogue over one connection, with statements that stay prepared. One thread at a time.</summary>
internal sealed class CatalogueReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Query _find;
    private readonly Query _kept;
    private readonly Query _small;
    private readonly Query _overdue;

    public CatalogueReader(string path)
    {
        _connection = CatalogueFile.Open(path, SqliteOpenMode.ReadWrite);
        try
        {
            _find = new Query(_connection, $"SELECT {Row.Columns} FROM message WHERE id = $id AND tenant = $tenant", "$id", "$tenant");
            _kept = new Query(_connection, $"SELECT tenant FROM message WHERE id = $id AND state IN (0, 1) AND NOT {SmallPayload.IsHere}", "$id");
            _small = new Query(
                _connection,
                "SELECT bytes FROM small_payload WHERE committed = (SELECT committed FROM message WHERE id = $id AND tenant = $tenant)",
                "$id", "$tenant");
            _overdue = new Query(_connection, "SELECT tenant, id FROM message WHERE state = 0 AND expires_at <= $now ORDER BY expires_at LIMIT $limit", "$now", "$limit");
            Ledger = new LedgerReader(_connection);
        }
        catch
        {
            // A broken catalogue shows here first, and must not stay open when it is replaced.
            _connection.Dispose();
            throw;
        }
    }

    public LedgerReader Ledger { get; }

    public Row? Find(MessageKey key)
    {
        using var reader = _find.Ask(IdBytes(key.Id), key.Tenant);
        return reader.Read() ? Row.Read(reader) : null;
    }

    /// <summary>The whole payload of a message that lies beside its row; null where it does not.</summary>
    public byte[]? FindSmall(MessageKey key)
    {
        using var reader = _small.Ask(IdBytes(key.Id), key.Tenant);
        return reader.Read() ? reader.GetFieldValue<byte[]>(0) : null;
    }

    /// <summary>Whether an open or committed message owns the payload file of that name.</summary>
    public bool KeepsPayload(MessageId id, string fileName)
    {
        using var reader = _kept.Ask(IdBytes(id));
        while (reader.Read())
        {
            if (PayloadPaths.NameOf(new MessageKey(reader.GetString(0), id)) == fileName)
            {
                return true;
            }
        }

        return false;
    }

    public IReadOnlyList<MessageKey> ListOverdue(DateTimeOffset now, int limit) => Keys(_overdue.Ask(now.UtcTicks, limit));

    /// <summary>Counts what is kept, by reading all rows: asked once, at the start.</summary>
    public StoreUsage CountUsage() => new(
        (int)CatalogueFile.Scalar(_connection, "SELECT count(*) FROM message WHERE state = 0"),
        CatalogueFile.Scalar(_connection, "SELECT coalesce(sum(stored), 0) FROM message"));

    public void Dispose()
    {
        _find.Dispose();
        _kept.Dispose();
        _small.Dispose();
        _overdue.Dispose();
        Ledger.Dispose();
        _connection.Dispose();
    }

    public static byte[] IdBytes(MessageId id)
    {
        var bytes = new byte[MessageId.Size];
        id.Write(bytes);
        return bytes;
    }

    private static List<MessageKey> Keys(SqliteDataReader rows)
    {
        using var reader = rows;
        var keys = new List<MessageKey>();
        while (reader.Read())
        {
            keys.Add(new MessageKey(reader.GetString(0), MessageId.Read(reader.GetFieldValue<byte[]>(1))));
        }

        return keys;
    }
}
