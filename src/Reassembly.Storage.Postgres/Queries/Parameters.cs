using Npgsql;
using Reassembly.Core;

namespace Reassembly.Storage.Postgres.Queries;

/// <summary>Parameters by place, with their types known without a look at the value.</summary>
internal static class Parameters
{
    public static NpgsqlCommand With<T>(this NpgsqlCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    /// <summary>Two: id, then tenant.</summary>
    public static NpgsqlCommand With(this NpgsqlCommand command, MessageKey key) => command.With(key.Id.Value).With(key.Tenant);

    public static NpgsqlBatchCommand With<T>(this NpgsqlBatchCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    /// <summary>Two: id, then tenant.</summary>
    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, MessageKey key) => command.With(key.Id.Value).With(key.Tenant);
}
