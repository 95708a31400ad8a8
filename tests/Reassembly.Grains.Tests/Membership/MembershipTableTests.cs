using System.Net;
using Npgsql;
using Orleans.Messaging;
using Reassembly.Silo.Membership;
using Reassembly.Testing.Postgres;

namespace Reassembly.Grains.Tests.Membership;

/// <summary>What Orleans asks of a membership table, on a real PostgreSQL.</summary>
public sealed class MembershipTableTests : IAsyncLifetime
{
    private static readonly DateTime Now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private PostgresDatabase _postgres = null!;
    private NpgsqlDataSource _database = null!;
    private MembershipSchema _schema = null!;
    private IMembershipTable _table = null!;
    private int _generation;

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is not null)
        {
            return;
        }

        _postgres = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        _database = NpgsqlDataSource.Create(_postgres.ConnectionString);
        _schema = new MembershipSchema(_database, "reassembly");
        _table = new PostgresMembershipTable(_schema, "one");
        await _table.InitializeMembershipTableAsync(true, default);
    }

    public async Task DisposeAsync()
    {
        if (_postgres is not null)
        {
            await _database.DisposeAsync();
            await _postgres.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task An_empty_table_has_version_0_and_an_etag()
    {
        var data = await _table.ReadAllAsync(default);
        Assert.Empty(data.Members);
        Assert.Equal(0, data.Version.Version);
        Assert.NotEmpty(data.Version.VersionEtag);
    }

    [PostgresFact]
    public async Task Nodes_that_start_at_once_make_the_tables_once()
        => await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => new PostgresMembershipTable(new MembershipSchema(_database, "new \"schema\""), "one").InitializeMembershipTableAsync(true, default)));

    [PostgresFact]
    public async Task A_silo_is_inserted_once_and_with_the_version_that_was_seen()
    {
        var seen = (await _table.ReadAllAsync(default)).Version;
        var silo = NewSilo();
        Assert.True(await _table.InsertRowAsync(silo, seen.Next(), default));
        Assert.False(await _table.InsertRowAsync(silo, seen.Next(), default));
        Assert.False(await _table.InsertRowAsync(NewSilo(), seen.Next(), default));

        var data = await _table.ReadAllAsync(default);
        Assert.Equal(1, data.Version.Version);
        Assert.NotEqual(seen.VersionEtag, data.Version.VersionEtag);
        Assert.False(await _table.InsertRowAsync(silo, data.Version.Next(), default));
        Assert.Equal(data.Version, (await _table.ReadAllAsync(default)).Version);
        Assert.Equal(silo.SiloAddress, Assert.Single(data.Members).Item1.SiloAddress);
    }

    [PostgresFact]
    public async Task A_row_comes_out_as_it_went_in()
    {
        var silo = NewSilo(SiloStatus.ShuttingDown);
        silo.SuspectTimes = [Tuple.Create(NewSilo().SiloAddress, Now.AddSeconds(3)), Tuple.Create(NewSilo().SiloAddress, Now.AddSeconds(4))];
        await InsertAsync(silo);
        await InsertAsync(NewSilo());
        var row = await _table.ReadRowAsync(silo.SiloAddress, default);
        Assert.Equal(2, row.Version.Version);
        Assert.Equal(silo.ToFullString(), Assert.Single(row.Members).Item1.ToFullString());
        Assert.Empty((await _table.ReadRowAsync(NewSilo().SiloAddress, default)).Members);
        Assert.Equal(2, (await _table.ReadRowAsync(NewSilo().SiloAddress, default)).Version.Version);
    }

    [PostgresFact]
    public async Task A_silo_is_updated_with_its_etag_and_the_version_that_was_seen_or_not_at_all()
    {
        var silo = NewSilo();
        var other = NewSilo();
        var unseen = (await _table.ReadAllAsync(default)).Version;
        await InsertAsync(silo);
        await InsertAsync(other);
        var data = await _table.ReadAllAsync(default);
        var etag = data.TryGet(silo.SiloAddress)!.Item2;
        silo.Status = SiloStatus.Active;

        Assert.False(await _table.UpdateRowAsync(silo, etag, unseen.Next(), default));
        Assert.False(await _table.UpdateRowAsync(silo, data.TryGet(other.SiloAddress)!.Item2, data.Version.Next(), default));
        Assert.False(await _table.UpdateRowAsync(NewSilo(), etag, data.Version.Next(), default));
        Assert.Equal(data.Version, (await _table.ReadAllAsync(default)).Version);

        Assert.True(await _table.UpdateRowAsync(silo, etag, data.Version.Next(), default));
        Assert.False(await _table.UpdateRowAsync(silo, etag, data.Version.Next(), default));
        var after = await _table.ReadAllAsync(default);
        Assert.False(await _table.UpdateRowAsync(silo, etag, after.Version.Next(), default));
        Assert.Equal(3, after.Version.Version);
        Assert.Equal(SiloStatus.Active, after.TryGet(silo.SiloAddress)!.Item1.Status);
        Assert.NotEqual(etag, after.TryGet(silo.SiloAddress)!.Item2);
        Assert.Equal(data.TryGet(other.SiloAddress)!.Item2, after.TryGet(other.SiloAddress)!.Item2);
    }

    [PostgresFact]
    public async Task Of_changes_at_once_one_is_made_and_every_one_gets_its_turn()
    {
        const int Writers = 20;
        var silo = NewSilo();
        var first = (await _table.ReadAllAsync(default)).Version.Next();
        Assert.Single(await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => _table.InsertRowAsync(silo, first, default))), static inserted => inserted);
        await Task.WhenAll(Enumerable.Range(1, Writers - 1).Select(async _ =>
        {
            MembershipTableData seen;
            do
            {
                seen = await _table.ReadAllAsync(default);
            }
            while (!await _table.UpdateRowAsync(silo, seen.TryGet(silo.SiloAddress)!.Item2, seen.Version.Next(), default));
        })).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Writers, (await _table.ReadAllAsync(default)).Version.Version);
    }

    [PostgresFact]
    public async Task A_sign_of_life_changes_nothing_else()
    {
        var silo = NewSilo();
        await InsertAsync(silo);
        var before = await _table.ReadAllAsync(default);
        await _table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = Now.AddSeconds(5) }, default);
        var after = await _table.ReadAllAsync(default);
        Assert.Equal(before.Version, after.Version);
        Assert.Equal(before.Members[0].Item2, after.Members[0].Item2);
        Assert.Equal(Now.AddSeconds(5), after.Members[0].Item1.IAmAliveTime);
    }

    [PostgresFact]
    public async Task Defunct_silos_go_and_active_and_recent_ones_stay()
    {
        foreach (var status in Enum.GetValues<SiloStatus>())
        {
            var old = NewSilo(status);
            old.StartTime = old.IAmAliveTime = Now.AddDays(-10);
            await InsertAsync(old);
        }

        var recent = NewSilo(SiloStatus.Dead);
        await InsertAsync(recent);
        await _table.CleanupDefunctSiloEntriesAsync(Now.AddDays(-7), default);
        var left = (await _table.ReadAllAsync(default)).Members.Select(static member => member.Item1).ToList();
        Assert.Equal(2, left.Count);
        Assert.Contains(left, static silo => silo.Status == SiloStatus.Active);
        Assert.Contains(left, silo => silo.SiloAddress.Equals(recent.SiloAddress));
    }

    [PostgresFact]
    public async Task Clusters_in_one_database_do_not_see_each_other()
    {
        var other = new PostgresMembershipTable(_schema, "two");
        await other.InitializeMembershipTableAsync(true, default);
        await InsertAsync(NewSilo());
        Assert.Empty((await other.ReadAllAsync(default)).Members);
        await _table.DeleteMembershipTableEntriesAsync("two", default);
        Assert.Single((await _table.ReadAllAsync(default)).Members);
        await _table.DeleteMembershipTableEntriesAsync("one", default);
        Assert.Empty((await _table.ReadAllAsync(default)).Members);
    }

    [PostgresFact]
    public async Task Gateways_are_the_active_silos_that_have_one()
    {
        var active = NewSilo(SiloStatus.Active);
        var without = NewSilo(SiloStatus.Active);
        without.ProxyPort = 0;
        await InsertAsync(active);
        await InsertAsync(without);
        await InsertAsync(NewSilo(SiloStatus.Joining));
        await InsertAsync(NewSilo(SiloStatus.Dead));
        IGatewayListProvider gateways = new PostgresGateways(_schema, "one", TimeSpan.FromSeconds(5));
        await gateways.InitializeGatewayListProviderAsync(default);
        var expected = SiloAddress.New(active.SiloAddress.Endpoint.Address, active.ProxyPort, active.SiloAddress.Generation).ToGatewayUri();
        Assert.Equal(expected, Assert.Single(await gateways.GetGatewaysAsync(default)));
    }

    private async Task InsertAsync(MembershipEntry silo) => Assert.True(await _table.InsertRowAsync(silo, (await _table.ReadAllAsync(default)).Version.Next(), default));

    private MembershipEntry NewSilo(SiloStatus status = SiloStatus.Joining) => new()
    {
        SiloAddress = SiloAddress.New(new IPAddress([10, 0, 0, 1]), 11111, ++_generation),
        Status = status,
        SiloName = "silo",
        HostName = "host",
        ProxyPort = 30000,
        StartTime = Now,
        IAmAliveTime = Now,
    };
}
