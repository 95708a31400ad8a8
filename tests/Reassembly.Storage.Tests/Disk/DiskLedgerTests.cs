using Microsoft.Data.Sqlite;
using Reassembly.Core.Storage;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Catalogue;
using Reassembly.Storage.Disk.Ledger;
using Reassembly.Storage.Tests.Conformance;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Disk;

/// <summary>What the ledger does on this disk beside what all ledgers do.</summary>
public sealed class DiskLedgerTests : IAsyncLifetime
{
    private readonly DiskHarness _harness = new();

    private DiskMessageStore Store => _harness.Disk;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _harness.DisposeAsync();

    [Fact]
    public async Task A_taker_that_has_gone_takes_nothing()
    {
        var key = await Store.CommitAsync(First);
        using var gate = new Gate(_harness, DiskStoreStep.BeforeCatalogueCommit);
        var other = Store.CommitAsync(Second);
        await gate.Reached;
        using var leaving = new CancellationTokenSource();
        var taking = Store.TakeAsync(First, 10, Start, null, leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking);
        gate.Open();
        await other;
        Assert.Equal([new DeliveryAttempt(key, First, 1)], await Store.TakeAsync(First));
    }

    [Fact]
    public async Task A_commit_that_is_repeated_because_it_was_made_but_not_told_has_each_entry_once()
    {
        var (key, plan) = (NewKey(), PlanFor(First, Second));
        var epoch = await Store.ClaimAsync(key);
        var commit = new MessageWrite([], Committed(key, plan), plan);
        _harness.FailAt(nameof(DiskStoreStep.CatalogueCommitted));
        await Assert.ThrowsAsync<StoreException>(() => Store.WriteAsync(key, epoch, commit).AsTask());
        Assert.Single(await Store.TakeAsync(First));
        var later = await Store.CommitAsync(First, Second);

        await Store.WriteAsync(key, epoch, commit);
        Assert.Equal([new DeliveryAttempt(later, First, 1)], await Store.TakeAsync(First));
        Assert.Equal([new DeliveryAttempt(later, Second, 1), new DeliveryAttempt(key, Second, 1)], await Store.TakeAsync(Second));
        Assert.True(await Store.SettleAsync(key, First, 1, DeliveryResult.Delivered));
        Assert.True(await Store.SettleAsync(key, Second, 1, DeliveryResult.Delivered));
        Assert.Equal(DeliveryState.Delivered, await Store.DeliveryOfAsync(key));
    }

    /// <summary>1 is NORMAL, 2 is FULL. What comes after a commit that did not wait must wait again, or an ack would not mean durable.</summary>
    [Fact]
    public void Only_a_commit_that_must_be_durable_waits_for_the_disk()
    {
        var path = Path.Combine(_harness.Folder, "other.db");
        using var connection = CatalogueFile.Open(path, SqliteOpenMode.ReadWriteCreate);
        CatalogueFile.Prepare(connection, path);
        using var statements = new CatalogueStatements(connection);
        foreach (var durable in new[] { true, false, false, true, true, false })
        {
            statements.Begin(durable);
            Assert.Equal(durable ? 2 : 1, CatalogueFile.Scalar(connection, "PRAGMA synchronous"));
            statements.Commit();
        }
    }

    /// <summary>However much is to be tried again later, is taken or is dead, a look does not read it.</summary>
    [Theory]
    [InlineData(LedgerStatements.Wake, "delivery_due")]
    [InlineData(LedgerStatements.TakeReady, "delivery_ready")]
    public void A_look_searches_what_is_due_and_what_is_ready_and_scans_nothing(string sql, string index)
    {
        using var connection = CatalogueFile.Open(Path.Combine(_harness.Folder, "catalogue.db"), SqliteOpenMode.ReadWrite);
        using var command = connection.CreateCommand();
        command.CommandText = $"EXPLAIN QUERY PLAN {sql}";
        foreach (var name in new[] { "$sink", "$now", "$limit", "$until", "$claim" }.Where(name => sql.Contains(name, StringComparison.Ordinal)))
        {
            command.Parameters.AddWithValue(name, 1);
        }

        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read())
        {
            plan.Add(reader.GetString(3));
        }

        Assert.Contains(plan, step => step.StartsWith("SEARCH delivery", StringComparison.Ordinal));
        Assert.All(plan.Where(static step => step.Contains(" delivery", StringComparison.Ordinal)), step => Assert.Matches($"^SEARCH .* {index} \\(sink=", step));
    }
}
