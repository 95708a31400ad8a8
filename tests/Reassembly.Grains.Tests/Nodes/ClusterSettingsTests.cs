using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Reassembly.Silo.Membership;
using Reassembly.Silo.Settings;

namespace Reassembly.Grains.Tests.Nodes;

public sealed partial class ClusterSettingsTests
{
    [Fact]
    public void The_readme_names_every_setting_with_its_default_and_no_other()
    {
        var readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "README.md"));
        var written = Row().Matches(readme).ToDictionary(static match => match.Groups[1].Value, static match => match.Groups[2].Value);
        var defaults = new ClusterNodeOptions();
        var expected = typeof(ClusterNodeOptions).GetProperties().ToDictionary(
            static property => property.Name,
            property => property.GetValue(defaults) switch
            {
                null => "unset",
                Enum choice => choice.ToString().ToLowerInvariant(),
                var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
            });
        Assert.Equal(expected.OrderBy(static setting => setting.Key), written.OrderBy(static setting => setting.Key));
    }

    [Theory]
    [InlineData("Role", "boss", "all or edge or silo")]
    [InlineData("Role", "1", "all or edge or silo")]
    [InlineData("Membership", "redis", "postgres or localhost")]
    [InlineData("ClusterId", "", "not be empty")]
    [InlineData("ServiceId", "", "not be empty")]
    [InlineData("SiloPort", "0", "from 1 to 65535")]
    [InlineData("GatewayPort", "65536", "from 1 to 65535")]
    [InlineData("GatewayPort", "11111", "differ from Reassembly:Cluster:SiloPort")]
    [InlineData("AdvertisedAddress", "here", "IP address")]
    public void A_wrong_setting_is_named_with_what_it_must_be(string setting, string value, string must)
    {
        var fault = Assert.Throws<InvalidOperationException>(() => ClusterNodeOptions.Read(Settings(($"Cluster:{setting}", value))));
        Assert.Contains($"Reassembly:Cluster:{setting} is '{value}'", fault.Message, StringComparison.Ordinal);
        Assert.Contains(must, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_are_read_whatever_their_case()
    {
        var node = ClusterNodeOptions.Read(Settings(("Cluster:Role", "EDGE"), ("Cluster:Membership", "Localhost"), ("Cluster:AdvertisedAddress", "::1")));
        Assert.Equal(NodeRole.Edge, node.Role);
        Assert.Equal(MembershipKind.Localhost, node.Membership);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("disk")]
    [InlineData("memory")]
    public void Nodes_that_share_no_store_are_no_cluster(string? storage)
    {
        var fault = Assert.Throws<InvalidOperationException>(() => MembershipDatabase.RequireSharedStore(Settings(("Storage", storage))));
        Assert.Contains("Reassembly:Storage", fault.Message, StringComparison.Ordinal);
        Assert.Contains("localhost", fault.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Settings(params (string Key, string? Value)[] settings)
        => new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(static setting => $"Reassembly:{setting.Key}", static setting => setting.Value)).Build();

    [GeneratedRegex(@"^\| `Reassembly:Cluster:([^`]+)` \| ([^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
