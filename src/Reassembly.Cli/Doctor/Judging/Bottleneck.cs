namespace Reassembly.Cli.Doctor.Judging;

/// <summary>The lowest limit of all.</summary>
internal sealed record Bottleneck(Uri Url, Finding Finding);
