namespace Reassembly.Cli.Doctor;

/// <summary>A reason why an address cannot be examined, in words for a person.</summary>
internal sealed class DoctorException(string message) : Exception(message);
