namespace Reassembly.Deploy.Tests.Checks;

/// <summary>Everything that is checked of the objects of an overlay.</summary>
internal static class AllChecks
{
    private static readonly Func<Manifests, IEnumerable<string>>[] Checks =
    [
        SchemaFaults.Faults,
        SettingsCheck.Faults,
        PortCheck.Faults,
        GraceCheck.Faults,
        ReferenceCheck.Faults,
        SelectorCheck.Faults,
        ScaleCheck.Faults,
        TrafficCheck.Faults,
        HardeningCheck.Faults,
    ];

    public static async Task<List<string>> FaultsAsync(Manifests manifests)
        => [.. Checks.SelectMany(check => check(manifests)), .. await ProbeCheck.FaultsAsync(manifests)];
}
