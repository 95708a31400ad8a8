using System.Globalization;
using System.Text.RegularExpressions;
using Reassembly.Core.Delivery;
using Reassembly.Core.Limits;
using Reassembly.Docs.Tests.Snippets;
using Reassembly.Edge.Settings;
using Reassembly.Hosting;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Delivery;
using Reassembly.Storage.Postgres;

namespace Reassembly.Docs.Tests;

/// <summary>What the README shows is what compiles, and what its table says is what the code does.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "README.md"));

    [Theory]
    [InlineData("Embed.cs")]
    [InlineData("Send.cs")]
    [InlineData("Receive.cs")]
    public void Shown_code_is_the_code_that_compiles(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "docs", file));
        var from = Array.FindIndex(lines, line => line.Trim() == "// <shown>");
        var to = Array.FindIndex(lines, line => line.Trim() == "// </shown>");
        var shown = string.Join('\n', lines[(from + 1)..to].Select(line => line.Length > 8 ? line[8..] : string.Empty));
        Assert.Contains($"```csharp\n{shown}\n```", Readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_embedded_application_starts_with_nothing_but_what_is_shown()
    {
        await using var app = Embed.Build(["--Reassembly:Disk:Path", Directory.CreateTempSubdirectory("reassembly-docs-").FullName, "--urls", "http://127.0.0.1:0"]);
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var ready = await http.GetAsync("/health/ready");
        Assert.True(ready.IsSuccessStatusCode);
        await app.StopAsync();
    }

    [Fact]
    public void The_settings_table_names_every_setting_with_its_default_and_no_other()
    {
        // The settings of the silo are held against its code where that is built, in Reassembly.Grains.Tests.
        var written = Row().Matches(Readme)
            .Where(match => !match.Groups[1].Value.StartsWith("Reassembly:Cluster:", StringComparison.Ordinal))
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        var expected = new Dictionary<string, string> { [ConfiguredStorage.Setting] = ConfiguredStorage.Default };
        Add(LimitsOptions.Section, new LimitsOptions());
        Add(EdgeOptions.Section, new EdgeOptions { Node = "the machine's name" });
        Add(DiskStoreOptions.Section, new DiskStoreOptions());
        Add(PostgresStoreOptions.Section, new PostgresStoreOptions());
        Add(DirectoryDeliveryOptions.Section, new DirectoryDeliveryOptions());
        Add(DeliveryOptions.Section, new DeliveryOptions());
        Assert.Equal(expected.OrderBy(entry => entry.Key, StringComparer.Ordinal), written.OrderBy(entry => entry.Key, StringComparer.Ordinal));

        void Add(string section, object options)
        {
            foreach (var property in options.GetType().GetProperties().Where(static property => property.CanWrite))
            {
                var value = property.GetValue(options);
                var text = value is bool ? (value is true ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture);
                expected[$"{section}:{property.Name}"] = text is { Length: > 0 } ? text : "unset";
            }
        }
    }

    [GeneratedRegex(@"^\| `(Reassembly:[^`]+)` \| ([^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
