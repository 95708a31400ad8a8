using System.Text.RegularExpressions;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>What is known of a library, a server, a proxy or a service that has, or lacks, limits of its own.</summary>
/// <param name="Id">Stable, for programs.</param>
/// <param name="Counts">What its limit counts.</param>
internal sealed record Library(string Id, string Name, Role Role, Counts Counts)
{
    /// <summary>The name of the setting; <see langword="null"/> where there is none.</summary>
    public string? Setting { get; init; }

    /// <summary>Bytes of its limit where nobody has set it; <see langword="null"/>: none.</summary>
    public long? Default { get; init; }

    /// <summary>How to set it, a line each; <c>BYTES</c> stands for the value.</summary>
    public IReadOnlyList<string> Syntax { get; init; } = [];

    /// <summary>What else there is to know.</summary>
    public string? Remark { get; init; }

    /// <summary>The code of its close frame when a message is too big.</summary>
    public int TooBigCode { get; init; } = 1009;

    /// <summary>What its close frame says with that code; <see langword="null"/> where that was not measured.</summary>
    public Regex? TooBigReason { get; init; }

    /// <summary>Whether nobody can raise its limit.</summary>
    public bool IsFixed { get; init; }
}
