namespace Reassembly.Cli.Doctor.Wire;

/// <summary>An answer and the beginning of what followed it.</summary>
internal sealed record HttpAnswer(HttpHead Head, string Body);
