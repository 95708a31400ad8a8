namespace Reassembly.Cli.Doctor.Probing;

internal enum Direction
{
    /// <summary>From here to the server.</summary>
    Up,

    /// <summary>From the server to here; seen only where it sends back what it gets.</summary>
    Down,
}
