using Npgsql;
using Reassembly.Core.Storage;
using Reassembly.Storage.Files.Records;

namespace Reassembly.Storage.Postgres.Queries;

/// <summary>A message in the database, and how its columns are read.</summary>
/// <param name="No">Its number.</param>
/// <param name="Record">Null for one that was claimed and never written.</param>
/// <param name="StoredBytes">Durable bytes.</param>
/// <param name="Extents">Where they lie; empty where they are in the database.</param>
internal readonly record struct MessageRow(long No, MessageRecord? Record, long StoredBytes, byte[] Extents)
{
    private const int ColumnCount = 11;

    /// <summary>The columns of a row by that name.</summary>
    public static string Columns(string row)
        => string.Join(", ", ((string[])["no", "created_at", "expires_at", "size", "stored", "ranges", "extents", "open", "outcome", "state", "delivery"]).Select(column => $"{row}.{column}"));

    /// <summary>The place of the first column after these.</summary>
    public static int Next => ColumnCount;

    /// <exception cref="StoreException">This one row is not readable; the database is, and so are its other rows.</exception>
    public static MessageRow Read(NpgsqlDataReader reader)
    {
        try
        {
            return new MessageRow(
                reader.GetInt64(0),
                reader.GetInt16(9) < 0 ? null : ReadRecord(reader),
                reader.GetInt64(4),
                reader.GetFieldValue<byte[]>(6));
        }
        catch (InvalidDataException exception)
        {
            throw new StoreException($"a record in the database cannot be read: {exception.Message}", exception);
        }
    }

    private static MessageRecord ReadRecord(NpgsqlDataReader reader) => new()
    {
        CreatedAt = new DateTimeOffset(reader.GetInt64(1), TimeSpan.Zero),
        ExpiresAt = new DateTimeOffset(reader.GetInt64(2), TimeSpan.Zero),
        Size = reader.IsDBNull(3) ? null : reader.GetInt64(3),
        Durable = RangeCodec.Decode(reader.GetFieldValue<byte[]>(5)),
        Open = reader.IsDBNull(7) ? null : ControlBytes.ReadOpen(reader.GetFieldValue<byte[]>(7)),
        Outcome = reader.IsDBNull(8) ? null : ControlBytes.ReadOutcome(reader.GetFieldValue<byte[]>(8)),
        Delivery = (DeliveryState)reader.GetInt16(10),
    };
}
