namespace Reassembly.Cli.Doctor.Probing;

/// <summary>
/// Finds the largest size that passes, in few steps: up a ladder of sizes until one is refused, then by halves. Sizes that are limits
/// somewhere are tried first, and one more than such a size right after it, so that a usual limit is found to the byte at once.
/// </summary>
internal sealed class SizeSearch
{
    // 10,240 Netty's old default; 32,768 API Gateway's frames, SignalR, coder/websocket; 65,535 OpenResty; 65,536 Netty, Jetty, Spring's STOMP;
    // 131,072 API Gateway's messages; 1 MiB websockets; 4 MiB aiohttp; 10 MiB Tornado; 16 and 64 MiB tungstenite; 100 MiB ws.
    private static readonly int[] Usual =
    [
        125, 512, 1_024, 2_048, 4_096, 8_192, 10_240, 16_384, 20_480, 32_000, 32_768, 49_152, 64_000, 65_535, 65_536, 98_304, 100_000, 128_000, 131_072,
        200_000, 262_144, 500_000, 524_288, 1_000_000, 1_048_576, 2_000_000, 2_097_152, 4_194_304, 5_242_880, 8_388_608, 10_485_760, 16_777_216,
        20_971_520, 33_554_432, 52_428_800, 67_108_864, 104_857_600, 134_217_728, 268_435_456, 536_870_912,
    ];

    private static readonly int[] Ladder =
    [
        1_024, 8_192, 32_768, 65_536, 131_072, 1_048_576, 4_194_304, 16_777_216, 67_108_864, 268_435_456,
    ];

    private readonly int _max;

    /// <param name="passed">A size that passed already.</param>
    /// <param name="max">The largest size to try.</param>
    /// <param name="refused">A size that was refused already, above <paramref name="passed"/>.</param>
    public SizeSearch(int passed, int max, int? refused = null)
    {
        Passed = passed;
        _max = max;
        Refused = refused;
    }

    /// <summary>The largest size that passed.</summary>
    public int Passed { get; private set; }

    /// <summary>The smallest size that did not; <see langword="null"/> while none was refused.</summary>
    public int? Refused { get; private set; }

    /// <summary>Whether nothing lies between the two.</summary>
    public bool IsExact => Refused == Passed + 1;

    /// <summary>The size to try next; <see langword="null"/> at the end.</summary>
    public int? Next()
    {
        if (Refused is not { } refused)
        {
            return Passed >= _max ? null : Math.Min(_max, Ladder.FirstOrDefault(step => step > Passed, _max));
        }

        if (refused <= Passed + 1)
        {
            return null;
        }

        if (Usual.Contains(Passed))
        {
            return Passed + 1;
        }

        var middle = Passed + ((refused - Passed) / 2);
        var between = Usual.Where(size => size > Passed && size < refused).ToList();
        return between.Count == 0 ? middle : between.MinBy(size => Math.Abs(size - middle));
    }

    public void Tell(int size, bool passed)
    {
        if (passed)
        {
            Passed = Math.Max(Passed, size);
        }
        else
        {
            Refused = Math.Min(Refused ?? int.MaxValue, size);
        }
    }
}
