using Orleans.Messaging;

namespace Reassembly.Silo.Membership;

/// <summary>Tells an edge that is a client which silos it can call.</summary>
internal sealed class PostgresGateways(MembershipSchema schema, string clusterId, TimeSpan maxStaleness) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => maxStaleness;

    public bool IsUpdatable => true;

    /// <summary>An edge may start before the first silo.</summary>
    public Task InitializeGatewayListProviderAsync(CancellationToken cancellationToken) => schema.CreateAsync(cancellationToken);

    public async Task<IList<Uri>> GetGatewaysAsync(CancellationToken cancellationToken)
    {
        await using var command = schema.Database.CreateCommand(
            $"SELECT address, gateway_port FROM {schema.Silos} WHERE cluster_id = @cluster AND status = @active AND gateway_port > 0");
        command.Parameters.AddWithValue("cluster", clusterId);
        command.Parameters.AddWithValue("active", (short)SiloStatus.Active);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var gateways = new List<Uri>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var silo = SiloAddress.FromParsableString(reader.GetString(0));
            gateways.Add(SiloAddress.New(silo.Endpoint.Address, reader.GetInt32(1), silo.Generation).ToGatewayUri());
        }

        return gateways;
    }

    // The interface still asks for these; Orleans calls those with a token.
    Task IGatewayListProvider.InitializeGatewayListProvider() => InitializeGatewayListProviderAsync(CancellationToken.None);

    Task<IList<Uri>> IGatewayListProvider.GetGateways() => GetGatewaysAsync(CancellationToken.None);
}
