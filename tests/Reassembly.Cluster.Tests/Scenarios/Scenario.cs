using System.Text.Json;
using System.Text.Json.Serialization;

namespace Reassembly.Cluster.Tests.Scenarios;

/// <summary>What happens in a storm; read from a file beside this one. Times in milliseconds, sizes in bytes.</summary>
internal sealed record Scenario
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public required int Nodes { get; init; }

    /// <summary>The storm is over after so many of <see cref="Disturbance.Kill"/>.</summary>
    public required int Kills { get; init; }

    public required int LongestPauseMs { get; init; }

    /// <summary>How long a killed node is away.</summary>
    public required Span RestartMs { get; init; }

    /// <summary>The longest is beyond a node's lease.</summary>
    public required Span FreezeMs { get; init; }

    /// <summary>How long the database is away; the longest is beyond what a call waits for it.</summary>
    public required Span OutageMs { get; init; }

    /// <summary>How long a connection is held or delayed.</summary>
    public required Span LinkMs { get; init; }

    /// <summary>How often each disturbance is drawn, in comparison.</summary>
    public required IReadOnlyDictionary<Disturbance, int> Weights { get; init; }

    public required int BareSenders { get; init; }

    public required int BareLargestBytes { get; init; }

    public required int SdkClients { get; init; }

    public required int SdkSendsAtOnce { get; init; }

    public required int SdkLargestBytes { get; init; }

    /// <summary>Of every node.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    public string[] Arguments => [.. Settings.Select(setting => $"--{setting.Key}={setting.Value}")];

    public static Scenario Load(string name)
        => JsonSerializer.Deserialize<Scenario>(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Scenarios", $"{name}.json")), Json)!;

    public Disturbance Draw(Random random)
    {
        var drawn = random.Next(Weights.Values.Sum());
        return Weights.First(weight => (drawn -= weight.Value) < 0).Key;
    }

    internal sealed record Span(int Least, int Most)
    {
        /// <summary>Mostly short; one in ten is longer than three quarters of the way to the longest.</summary>
        public TimeSpan Draw(Random random) => TimeSpan.FromMilliseconds(Least + ((Most - Least) * Math.Pow(random.NextDouble(), 3)));
    }
}
