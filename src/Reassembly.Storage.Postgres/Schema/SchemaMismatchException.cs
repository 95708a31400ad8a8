namespace Reassembly.Storage.Postgres.Schema;

/// <summary>These tables are not for this node: a newer program made them, or the nodes that use them keep payloads elsewhere. Its message is one sentence.</summary>
public sealed class SchemaMismatchException(string message) : Exception(message);
