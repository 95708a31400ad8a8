using System.Net;

namespace Reassembly.Silo.Settings;

/// <summary>The settings under <c>Reassembly:Cluster</c>.</summary>
public sealed class ClusterNodeOptions
{
    public const string Section = "Reassembly:Cluster";

    /// <summary>What this node does.</summary>
    /// <value>all</value>
    public NodeRole Role { get; set; } = NodeRole.All;

    /// <summary>How the nodes find each other.</summary>
    /// <value>postgres</value>
    public MembershipKind Membership { get; set; } = MembershipKind.Postgres;

    /// <summary>Nodes of one id are one cluster.</summary>
    /// <value>reassembly</value>
    public string ClusterId { get; set; } = "reassembly";

    /// <summary>What the cluster is for; stays when one cluster follows another.</summary>
    /// <value>reassembly</value>
    public string ServiceId { get; set; } = "reassembly";

    /// <summary>Where a silo listens for other silos.</summary>
    /// <value>11111</value>
    public int SiloPort { get; set; } = 11111;

    /// <summary>Where a silo listens for edges that are no silos.</summary>
    /// <value>30000</value>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>The IP address at which the others reach this silo.</summary>
    /// <value>This machine's address.</value>
    public string? AdvertisedAddress { get; set; }

    /// <summary>Reads the settings of this node.</summary>
    /// <exception cref="InvalidOperationException">One of them is wrong; the sentence names it.</exception>
    public static ClusterNodeOptions Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var section = configuration.GetSection(Section);
        RequireOneOf<NodeRole>(section, nameof(Role));
        RequireOneOf<MembershipKind>(section, nameof(Membership));
        var options = section.Get<ClusterNodeOptions>() ?? new ClusterNodeOptions();
        Require(options.ClusterId.Length > 0, nameof(ClusterId), options.ClusterId, "not be empty");
        Require(options.ServiceId.Length > 0, nameof(ServiceId), options.ServiceId, "not be empty");
        RequirePort(options.SiloPort, nameof(SiloPort));
        RequirePort(options.GatewayPort, nameof(GatewayPort));
        Require(options.SiloPort != options.GatewayPort, nameof(GatewayPort), options.GatewayPort, $"differ from {Section}:{nameof(SiloPort)}");
        Require(
            options.AdvertisedAddress is null || IPAddress.TryParse(options.AdvertisedAddress, out _),
            nameof(AdvertisedAddress),
            options.AdvertisedAddress,
            "be an IP address");
        return options;
    }

    private static void RequireOneOf<T>(IConfigurationSection section, string setting)
        where T : struct, Enum
    {
        var value = section[setting];
        var names = Enum.GetNames<T>().Select(static name => name.ToLowerInvariant()).ToArray();
        Require(value is null || names.Contains(value, StringComparer.OrdinalIgnoreCase), setting, value, $"be {string.Join(" or ", names)}");
    }

    private static void RequirePort(int port, string setting) => Require(port is > 0 and <= IPEndPoint.MaxPort, setting, port, $"be from 1 to {IPEndPoint.MaxPort}");

    private static void Require(bool condition, string setting, object? value, string must)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"{Section}:{setting} is '{value}'; it must {must}.");
        }
    }
}
