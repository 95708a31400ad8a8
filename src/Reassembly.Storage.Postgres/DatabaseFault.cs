using System.Net.Sockets;
using Npgsql;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres;

/// <summary>Tells the database's faults apart and puts them into sentences that say what a person can do. None shows a password.</summary>
internal static class DatabaseFault
{
    /// <summary>Whether the statement failed and the server has rolled it back for certain: it answered so, and the connection goes on.</summary>
    public static bool IsRefusal(Exception exception)
        => exception is PostgresException { InvariantSeverity: "ERROR" } refusal && !IsOutage(refusal);

    /// <summary>Whether any statement would fail now: the database is away, or cannot be used as it is.</summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        // Connection lost, shutting down, starting up, no right to be here, no such database or tables, read-only.
        PostgresException refusal => refusal.InvariantSeverity is "FATAL" or "PANIC" || refusal.SqlState[..2] is "08" or "28" or "3D" or "3F" || refusal.SqlState is
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or SocketException or TimeoutException or IOException => true,
        _ => false,
    };

    public static StoreException Failure(string place, Exception exception)
        => exception as StoreException ?? new StoreException(Sentence(place, exception), exception);

    public static string Sentence(string place, Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refusal
            => $"the database {place} does not let this node in: {refusal.MessageText}; see {PostgresStoreOptions.Section}:{nameof(PostgresStoreOptions.ConnectionString)}",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } refusal
            => $"the database {place} cannot be used: {refusal.MessageText}; make it, or name another",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refusal
            => $"the database {place} cannot be used: {refusal.MessageText}; grant this role the right to make the schema, or make it beforehand",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction }
            => $"the database {place} is read-only: it is a standby, or was set so",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } refusal
            => $"the database {place} has no connection left: {refusal.MessageText}; raise max_connections, or lower {PostgresStoreOptions.Section}:{nameof(PostgresStoreOptions.MaxConnections)}",
        PostgresException refusal => $"the database {place} cannot be used: {refusal.MessageText} ({refusal.SqlState})",
        NpgsqlException { InnerException: SocketException socket } => $"the database {place} cannot be reached: {socket.Message}",
        NpgsqlException { InnerException: TimeoutException } or TimeoutException => $"the database {place} does not answer",
        NpgsqlException { InnerException: { } inner } => $"the connection to the database {place} was lost: {inner.Message}",
        NpgsqlException => $"the database {place} cannot be used: {exception.Message}",
        _ => $"the store {place} cannot be used: {exception.Message}",
    };
}
