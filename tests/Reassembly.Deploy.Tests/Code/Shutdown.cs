using System.Globalization;
using System.Text.RegularExpressions;

namespace Reassembly.Deploy.Tests.Code;

/// <summary>How long a node takes to stop, from the constants in the code.</summary>
internal static partial class Shutdown
{
    /// <summary>Seconds between the end of the host's patience and the end of the process: disposing of what is left.</summary>
    public const int SpareSeconds = 5;

    /// <summary>Seconds after which the host gives up waiting for its parts.</summary>
    public static int HostSeconds { get; } = Constant(HostTimeout());

    /// <summary>Seconds of those that clients have to move, at most: what <c>ConnectionRegistry</c> leaves of them.</summary>
    public static int LongestDrainSeconds { get; } = HostSeconds - Constant(RegistrySpare()) - Constant(CloseDrain());

    private static int Constant(Regex pattern)
    {
        var values = Repository.Sources(".cs").SelectMany(path => pattern.Matches(File.ReadAllText(path))).Select(match => match.Groups[1].Value).Distinct().ToList();
        return values is [var only] ? int.Parse(only, CultureInfo.InvariantCulture) : throw new InvalidOperationException($"{pattern} finds {values.Count} values in the sources; it must find one.");
    }

    [GeneratedRegex(@"ShutdownTimeout = TimeSpan\.FromSeconds\((\d+)\)")]
    private static partial Regex HostTimeout();

    [GeneratedRegex(@"TimeSpan Spare = TimeSpan\.FromSeconds\((\d+)\)")]
    private static partial Regex RegistrySpare();

    [GeneratedRegex(@"TimeSpan DrainTime = TimeSpan\.FromSeconds\((\d+)\)")]
    private static partial Regex CloseDrain();
}
