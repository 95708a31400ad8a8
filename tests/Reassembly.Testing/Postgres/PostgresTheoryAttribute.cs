namespace Reassembly.Testing.Postgres;

/// <summary>A theory that needs a PostgreSQL; skipped, with a sentence, where there is none.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresServer.Missing;

    /// <inheritdoc cref="PostgresFactAttribute.OwnServer"/>
    public bool OwnServer
    {
        get => false;
        set => Skip = value ? PostgresServer.MissingBinaries : PostgresServer.Missing;
    }
}
