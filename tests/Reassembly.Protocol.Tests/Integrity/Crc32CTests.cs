using System.Globalization;
using Reassembly.Protocol.Integrity;
using Reassembly.Protocol.Tests.Support;
using Xunit.Abstractions;

namespace Reassembly.Protocol.Tests.Integrity;

public sealed class Crc32CTests(ITestOutputHelper output)
{
    private static readonly VectorFile Vectors = new("crc32c.json");

    public static TheoryData<string> Names => Vectors.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Checksum_is_that_of_its_vector_in_hardware_and_in_software(string name)
    {
        var vector = Vectors[name];
        var bytes = Convert.FromHexString(vector.GetProperty("hex").GetString()!);
        var expected = uint.Parse(vector.GetProperty("crc32c").GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

        Assert.Equal(expected, Crc32C.Compute(bytes));
        Assert.Equal(expected, Crc32C.AppendHardware(0, bytes));
        Assert.Equal(expected, Crc32C.AppendSoftware(0, bytes));
    }

    [Fact]
    public void Hardware_and_software_agree_on_every_length_and_alignment()
    {
        var random = Seeded.Random(output);
        var bytes = random.Bytes(20_000);
        for (var start = 0; start < 16; start++)
        {
            for (var length = 0; length <= 80; length++)
            {
                CheckEqual((uint)random.Next(), bytes.AsSpan(start, length));
            }
        }

        for (var round = 0; round < 5_000; round++)
        {
            var start = random.Next(bytes.Length);
            CheckEqual((uint)random.Next(), bytes.AsSpan(start, random.Next(bytes.Length - start + 1)));
        }
    }

    [Fact]
    public void Appending_piece_by_piece_gives_the_checksum_of_the_whole()
    {
        var random = Seeded.Random(output);
        var bytes = random.Bytes(200);
        var whole = Crc32C.Compute(bytes);
        for (var first = 0; first <= bytes.Length; first++)
        {
            Assert.Equal(whole, Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, first)), bytes.AsSpan(first)));
            Assert.Equal(whole, Crc32C.AppendSoftware(Crc32C.AppendHardware(0, bytes.AsSpan(0, first)), bytes.AsSpan(first)));
        }
    }

    private static void CheckEqual(uint crc, ReadOnlySpan<byte> bytes)
        => Assert.Equal(Crc32C.AppendHardware(crc, bytes), Crc32C.AppendSoftware(crc, bytes));
}
