using System.Globalization;
using System.Text.RegularExpressions;
using Reassembly.Deploy.Tests.Checks;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Deploy.Tests.Containers;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests;

/// <summary>The table of connections in SIZING.md is what the overlays add up to.</summary>
public sealed partial class SizingTests
{
    private const string MaxConnections = "Reassembly:Postgres:MaxConnections";

    /// <summary>PostgreSQL's default <c>max_connections</c> without those that it keeps for superusers.</summary>
    private const int DatabaseDefault = 97;

    [Theory]
    [InlineData("cluster")]
    [InlineData("orleans")]
    public void Pods_and_connections_are_as_written(string overlay)
    {
        var row = Row().Matches(File.ReadAllText(Path.Combine(Repository.Deploy, "SIZING.md"))).Single(match => match.Groups[1].Value == overlay);
        var manifests = Manifests.OfOverlay(overlay);
        var pods = manifests.Workloads.ToDictionary(workload => workload, workload => MostPods(manifests, workload));
        var connections = pods.Sum(pair => pair.Value * (PerPod(pair.Key.Environment(manifests)) + ForMembership(pair.Key)));
        Assert.Equal($"{pods.Values.Sum()} {connections}", $"{row.Groups[2].Value} {row.Groups[3].Value}");
        Assert.True(connections <= DatabaseDefault, $"{connections} connections are more than a PostgreSQL takes as it comes.");
    }

    private static int MostPods(Manifests manifests, Workload workload)
    {
        var scaler = manifests.OfKind("HorizontalPodAutoscaler").FirstOrDefault(scaler => scaler.Text("spec.scaleTargetRef.name") == workload.Item.Text("metadata.name"));
        return (scaler.Number("spec.maxReplicas") ?? workload.Item.Number("spec.replicas") ?? 1) + (workload.Item.Number("spec.strategy.rollingUpdate.maxSurge") ?? 0);
    }

    private static int PerPod(Dictionary<string, string> environment)
    {
        var setting = SettingCatalogue.All.Single(setting => setting.Path == MaxConnections);
        return int.Parse(environment.GetValueOrDefault(setting.Variable, setting.Default), CultureInfo.InvariantCulture);
    }

    /// <summary>Connections beside the store's, as the silo's membership declares them.</summary>
    private static int ForMembership(Workload workload)
    {
        const string Silo = "Reassembly.Silo";
        return Dockerfile.Ours.HostOfImage(workload.Image) == Silo
            ? Repository.Sources(".cs")
                .Where(path => path.Contains($"{Silo}{Path.DirectorySeparatorChar}Membership", StringComparison.Ordinal))
                .Select(path => Membership().Match(File.ReadAllText(path)))
                .Where(match => match.Success)
                .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
                .Single()
            : 0;
    }

    [GeneratedRegex(@"const int MaxConnections = (\d+);")]
    private static partial Regex Membership();

    [GeneratedRegex(@"^\| (\w+) \| (\d+) \| (\d+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
