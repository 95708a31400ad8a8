namespace Reassembly.Cli.Doctor.Judging;

/// <summary>What several addresses, or the limits of one, mean together.</summary>
/// <param name="Kind">Stable, for programs.</param>
internal sealed record Conclusion(string Kind, string Text);
