namespace Reassembly.Testing.Postgres;

/// <summary>A test that needs a PostgreSQL; skipped, with a sentence, where there is none.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.Missing;

    /// <summary>The test stops or kills the server, so that a given one will not do.</summary>
    public bool OwnServer
    {
        get => false;
        set => Skip = value ? PostgresServer.MissingBinaries : PostgresServer.Missing;
    }
}
