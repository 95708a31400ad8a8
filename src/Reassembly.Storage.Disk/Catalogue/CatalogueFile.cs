using Microsoft.Data.Sqlite;
using Reassembly.Core.Storage;
using SQLitePCL;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>Opens the catalogue's database, makes its tables, and tells its faults apart.</summary>
internal static class CatalogueFile
{
    /// <summary>Has each commit wait until it is on disk.</summary>
    public const string WaitForDisk = "PRAGMA synchronous = FULL";

    private const int SqliteCorrupt = 11;
    private const int SqliteNotADatabase = 26;

    public static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 30 };
        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            raw.sqlite3_busy_timeout(connection.Handle, settings.DefaultTimeout * 1000);
            Execute(connection, $"PRAGMA journal_mode = WAL; {WaitForDisk};");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Makes the tables of an empty database, and leads those of an older program to this one's.</summary>
    /// <exception cref="StoreException">A newer program made them.</exception>
    public static void Prepare(SqliteConnection connection, string path)
    {
        var version = Scalar(connection, "PRAGMA user_version");
        if (version > Schema.Version)
        {
            throw new StoreException($"the catalogue {path} is of version {version}, and this program knows {Schema.Version}: start the newer program, or set another folder");
        }

        Schema.Migrate(connection, version, Schema.Version);
    }

    /// <summary>Begins a generation of epochs: above any that this catalogue saw, and above <paramref name="atLeast"/>.</summary>
    public static long NextGeneration(SqliteConnection connection, long atLeast)
    {
        var generation = Math.Max(Scalar(connection, "SELECT generation FROM start") + 1, atLeast);
        Execute(connection, $"UPDATE start SET generation = {generation}");
        return generation;
    }

    /// <summary>Whether the database itself is broken, and not one statement or the disk below it.</summary>
    public static bool IsBroken(Exception exception)
        => exception is SqliteException { SqliteErrorCode: SqliteCorrupt or SqliteNotADatabase } or InvalidDataException;

    public static StoreException Failure(string path, Exception exception)
        => exception as StoreException ?? new StoreException(
            IsBroken(exception)
                ? $"the catalogue {path} is corrupt: {exception.Message}"
                : $"the catalogue {path} cannot be used: {exception.Message}",
            exception);

    public static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is long value ? value : 0;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
