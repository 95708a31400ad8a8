using Microsoft.Data.Sqlite;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>A prepared statement that gives rows; its parameters are set by place.</summary>
internal sealed class Query : IDisposable
{
    private readonly SqliteCommand _command;
    private readonly SqliteParameter[] _parameters;

    public Query(SqliteConnection connection, string sql, params string[] parameters)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
        _parameters = [.. parameters.Select(name => _command.Parameters.Add(new SqliteParameter { ParameterName = name, Value = DBNull.Value }))];
        _command.Prepare();
    }

    public SqliteDataReader Ask(params ReadOnlySpan<object?> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            _parameters[index].Value = values[index] ?? DBNull.Value;
        }

        return _command.ExecuteReader();
    }

    public void Dispose() => _command.Dispose();
}
