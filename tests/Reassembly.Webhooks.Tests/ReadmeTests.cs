using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Reassembly.Webhooks.Settings;
using Reassembly.Webhooks.Signing;

namespace Reassembly.Webhooks.Tests;

/// <summary>What receivers and operators read is what the code does.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));

    private static readonly Dictionary<string, string> Example = ExampleRow().Matches(Readme).ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);

    [Fact]
    public void The_example_is_signed_as_shown()
    {
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Example["body"]))), Example["SHA-256"]);
        Assert.True(WebhookSecrets.TryParse(Example["secret"], out var secrets, out _));
        var timestamp = long.Parse(Example["webhook-timestamp"], CultureInfo.InvariantCulture);
        Assert.Equal(Example["webhook-signature"], secrets.Sign(Example["webhook-id"], timestamp, Example["SHA-256"]));
    }

    [Fact]
    public void The_table_of_settings_names_each_with_its_default()
    {
        var defaults = new WebhookOptions();
        var expected = typeof(WebhookOptions).GetProperties().Select(property => (
            property.Name,
            Convert.ToString(property.GetValue(defaults), CultureInfo.InvariantCulture)!.ToLowerInvariant() is { Length: > 0 } value ? value : "must be set"));
        Assert.Equal(expected.Order(), SettingRow().Matches(Readme).Select(row => (row.Groups[1].Value, row.Groups[2].Value)).Order());
    }

    [GeneratedRegex(@"^\| ([\w-]+) \| `([^`]+)` \|$", RegexOptions.Multiline)]
    private static partial Regex ExampleRow();

    [GeneratedRegex(@"^\| `Reassembly:Channels:<channel>:Webhook:(\w+)` \| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex SettingRow();
}
