using System.Globalization;

namespace Reassembly.Benchmarks.Peers;

/// <summary>Where the payload was when the server answered, as far as the kernel could tell.</summary>
/// <param name="Size">Bytes of the payload.</param>
/// <param name="Written">Bytes that the server wrote to files until then.</param>
/// <param name="Flushes">How often it told the kernel to bring files to the disk; null where nobody counted.</param>
internal sealed record Kept(long Size, long Written, int? Flushes)
{
    public string Place => (Written >= Size, Flushes) switch
    {
        (false, _) => "in memory: lost with the process",
        (true, 0) => "in the page cache: lost with the power",
        (true, > 0) => "on disk",
        _ => "in files; whether on disk was not counted here",
    };

    public override string ToString()
        => Flushes is { } flushes ? string.Create(CultureInfo.InvariantCulture, $"{Place} ({flushes} flushes under strace)") : Place;
}
