using System.Globalization;

namespace Reassembly.Client.Tests.Scripting;

/// <summary>Random bytes from a seed that a failing test prints and <c>REASSEMBLY_SEED</c> gives back.</summary>
internal static class TestPayload
{
    public static int Seed { get; } = int.TryParse(
        Environment.GetEnvironmentVariable("REASSEMBLY_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seed)
        ? seed
        : (int)(TimeProvider.System.GetTimestamp() & 0x7FFFFFFF);

    public static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
