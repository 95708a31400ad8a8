using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>
/// A prepared statement that changes something; its parameters are set by place. It goes to SQLite directly: a command and its reader are made anew for each
/// execution, and every durable write of every message needs three of them. For what gives rows there is <see cref="Query"/>.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int[] _places;

    public Statement(SqliteConnection connection, string sql, params string[] parameters)
    {
        _database = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement), _database);
        _places = [.. parameters.Select(name => raw.sqlite3_bind_parameter_index(_statement, name))];
    }

    /// <summary>Executes it.</summary>
    /// <param name="values">One for each parameter: null, a text, bytes (of an array or of memory; read before this returns), or a whole number.</param>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="SqliteException">It failed; it can be executed again.</exception>
    public int Execute(params ReadOnlySpan<object?> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            SqliteException.ThrowExceptionForRC(Bind(_places[index], values[index]), _database);
        }

        var result = raw.sqlite3_step(_statement);
        var changes = raw.sqlite3_changes(_database);
        try
        {
            if (result != raw.SQLITE_DONE)
            {
                SqliteException.ThrowExceptionForRC(result, _database);
            }
        }
        finally
        {
            // It says again what the step said.
            raw.sqlite3_reset(_statement);
        }

        return changes;
    }

    public void Dispose() => _statement.Dispose();

    private int Bind(int place, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(_statement, place),
        long number => raw.sqlite3_bind_int64(_statement, place, number),
        int number => raw.sqlite3_bind_int(_statement, place, number),
        string text => raw.sqlite3_bind_text(_statement, place, text),
        byte[] bytes => raw.sqlite3_bind_blob(_statement, place, bytes),
        ReadOnlyMemory<byte> bytes => raw.sqlite3_bind_blob(_statement, place, bytes.Span),
        _ => throw new ArgumentException($"a value of {value.GetType()} cannot be set"),
    };
}
