using System.Text.RegularExpressions;

namespace Reassembly.Cli.Doctor.Logs;

/// <summary>One form of an error line.</summary>
/// <param name="Writer">The library that writes it; <see langword="null"/> where several do.</param>
/// <param name="Refuser">The library whose limit it is; <see langword="null"/> where the line does not say, or says it in its <c>reason</c>.</param>
/// <param name="Pattern">Groups: <c>max</c> the limit, <c>actual</c> what came, <c>reason</c> the reason of a close frame.</param>
/// <param name="Meaning">What it means, in a sentence.</param>
internal sealed record LogForm(string? Writer, string? Refuser, LogSide Side, Regex Pattern, string Meaning)
{
    /// <summary>Whether it is about size at all.</summary>
    public bool IsAboutSize { get; init; } = true;
}
