using Reassembly.Protocol.Tests.Support;
using Xunit.Abstractions;

namespace Reassembly.Protocol.Tests;

public sealed class MessageIdTests(ITestOutputHelper output)
{
    [Fact]
    public void Bytes_are_in_the_order_of_the_text()
    {
        var id = Wire.Parse("00112233-4455-6677-8899-aabbccddeeff");
        var bytes = new byte[MessageId.Size];
        id.Write(bytes);
        Assert.Equal("00112233445566778899aabbccddeeff", Convert.ToHexStringLower(bytes));
        Assert.Equal(id, MessageId.Read(bytes));
    }

    [Fact]
    public void Text_of_any_id_is_read_as_that_id()
    {
        var random = Seeded.Random(output);
        for (var round = 0; round < 1000; round++)
        {
            var id = MessageId.Read(random.Bytes(MessageId.Size));
            Assert.Equal(id, Wire.Parse(id.ToString()));
        }
    }

    [Fact]
    public void Only_canonical_text_is_an_id()
    {
        var canonical = Wire.Id.ToString();
        for (var at = 0; at < canonical.Length; at++)
        {
            foreach (var character in "0af-AFgx+ {}\0٣")
            {
                var text = canonical[..at] + character + canonical[(at + 1)..];
                var expected = canonical[at] == '-' ? character == '-' : "0af".Contains(character, StringComparison.Ordinal);
                Assert.True(expected == MessageId.TryParse(text, out var id), text);
                Assert.Equal(expected ? text : default(MessageId).ToString(), id.ToString());
            }
        }

        Assert.False(MessageId.TryParse(null, out _));
        Assert.False(MessageId.TryParse(canonical[1..], out _));
        Assert.False(MessageId.TryParse(canonical + "0", out _));
    }

    [Fact]
    public void Version_7_carries_the_time_given_and_the_version()
    {
        var id = MessageId.NewVersion7(DateTimeOffset.FromUnixTimeMilliseconds(0x0199_c0de_0000));
        Assert.StartsWith("0199c0de-0000-7", id.ToString(), StringComparison.Ordinal);
        Assert.Contains(id.ToString()[19], "89ab");
    }
}
