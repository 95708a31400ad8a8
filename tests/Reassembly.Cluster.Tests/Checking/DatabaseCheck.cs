using Reassembly.Cluster.Tests.Sending;
using Reassembly.Testing;
using Reassembly.Testing.Postgres;

namespace Reassembly.Cluster.Tests.Checking;

/// <summary>What must not be left in the tables once every message has ended and was delivered.</summary>
internal static class DatabaseCheck
{
    private static readonly (string What, string Sql)[] Leftovers =
    [
        ("messages are open", "SELECT count(*) FROM reassembly.message WHERE state = 0"),
        ("messages wait for delivery", "SELECT count(*) FROM reassembly.message WHERE delivery = 1"),
        ("ended messages have an owner", "SELECT count(*) FROM reassembly.message WHERE state > 0 AND owner IS NOT NULL"),
        ("payload rows have no committed message", """
            SELECT count(*) FROM reassembly.chunk c
            WHERE NOT EXISTS (SELECT FROM reassembly.message m WHERE m.no = c.no AND m.state = 1)
            """),
    ];

    public static async Task RunAsync(PostgresDatabase database, Ledger ledger)
    {
        foreach (var (what, sql) in Leftovers)
        {
            var left = 0L;
            try
            {
                // Payloads go page by page after their message has ended.
                await Eventually.TrueAsync(async () => (left = await database.AskAsync<long>(sql)) == 0, "nothing is left");
            }
            catch (TimeoutException)
            {
                ledger.Fault($"in the database {left} {what}");
            }
        }
    }
}
