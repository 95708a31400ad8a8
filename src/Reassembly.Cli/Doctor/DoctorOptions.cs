using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Doctor;

/// <summary>What to examine, and how far to go.</summary>
/// <param name="MaxBytes">The largest message to send.</param>
/// <param name="Timeout">How long a peer has for one answer.</param>
/// <param name="Kind">What to send; <see langword="null"/>: binary, and text where binary is refused.</param>
internal sealed record DoctorOptions(
    int MaxBytes, TimeSpan Timeout, IReadOnlyList<KeyValuePair<string, string>> Headers, string? Subprotocol, PayloadKind? Kind);
