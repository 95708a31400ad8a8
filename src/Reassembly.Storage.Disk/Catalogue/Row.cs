using Microsoft.Data.Sqlite;
using Reassembly.Core.Storage;
using Reassembly.Storage.Files.Records;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>A message in the catalogue, and how its columns are read.</summary>
internal readonly record struct Row(MessageRecord Record, long StoredBytes)
{
    public const string Columns = "created_at, expires_at, size, stored, ranges, open, outcome, delivery";

    /// <exception cref="StoreException">This one row is not readable; the database is, and so are its other rows.</exception>
    public static Row Read(SqliteDataReader reader)
    {
        try
        {
            return ReadColumns(reader);
        }
        catch (InvalidDataException exception)
        {
            throw new StoreException($"a record in the catalogue cannot be read: {exception.Message}", exception);
        }
    }

    private static Row ReadColumns(SqliteDataReader reader) => new(
        new MessageRecord
        {
            CreatedAt = new DateTimeOffset(reader.GetInt64(0), TimeSpan.Zero),
            ExpiresAt = new DateTimeOffset(reader.GetInt64(1), TimeSpan.Zero),
            Size = reader.IsDBNull(2) ? null : reader.GetInt64(2),
            Durable = RangeCodec.Decode(reader.GetFieldValue<byte[]>(4)),
            Open = reader.IsDBNull(5) ? null : ControlBytes.ReadOpen(reader.GetFieldValue<byte[]>(5)),
            Outcome = reader.IsDBNull(6) ? null : ControlBytes.ReadOutcome(reader.GetFieldValue<byte[]>(6)),
            Delivery = (DeliveryState)reader.GetInt32(7),
        },
        reader.GetInt64(3));
}
