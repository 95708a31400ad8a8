using Npgsql;
using Reassembly.Testing.Postgres;

namespace Reassembly.Storage.Tests.Postgres;

/// <summary>The server that the other tests stop, kill and pause does so.</summary>
public sealed class PostgresServerTests
{
    [PostgresFact]
    public async Task Shared_server_gives_each_test_a_database_of_its_own()
    {
        var server = await PostgresServer.SharedAsync();
        await using var first = await server.CreateDatabaseAsync();
        await using var second = await server.CreateDatabaseAsync();
        await first.ExecuteAsync("CREATE TABLE only_here (value int)");

        await Assert.ThrowsAsync<PostgresException>(() => second.ExecuteAsync("SELECT * FROM only_here"));
    }

    [PostgresFact(OwnServer = true)]
    public async Task Own_server_keeps_what_was_committed_over_a_stop_and_a_kill()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE kept (value int)");
        await server.StopAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => database.ExecuteAsync("SELECT 1"));
        await server.StartAsync();
        await database.ExecuteAsync("INSERT INTO kept VALUES (1)");
        await server.KillAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => database.ExecuteAsync("SELECT 1"));
        await server.StartAsync();

        await database.ExecuteAsync("DO $$ BEGIN ASSERT (SELECT count(*) FROM kept) = 1; END $$");
    }

    [PostgresFact(OwnServer = true)]
    public async Task Paused_server_answers_nothing_until_it_goes_on()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await server.PauseAsync();
        var answer = server.ExecuteAsync("SELECT 1");
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromMilliseconds(300), TimeProvider.System));
        await server.ResumeAsync();

        await answer;
    }
}
