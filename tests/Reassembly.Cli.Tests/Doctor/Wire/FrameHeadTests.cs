using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Tests.Doctor.Wire;

public sealed class FrameHeadTests
{
    [Theory]
    [InlineData(0, 6)]
    [InlineData(125, 6)]
    [InlineData(126, 8)]
    [InlineData(65_535, 8)]
    [InlineData(65_536, 14)]
    public void What_is_written_is_read_at_every_split(int length, int bytes)
    {
        var buffer = new byte[FrameHead.MaxBytes];
        Assert.Equal(bytes, FrameHead.Write(buffer, Opcode.Binary, final: true, length, [1, 2, 3, 4]));
        for (var there = 0; there < bytes; there++)
        {
            Assert.False(FrameHead.TryParse(buffer.AsSpan(0, there), out _));
        }

        Assert.True(FrameHead.TryParse(buffer, out var head));
        Assert.Equal(new FrameHead(true, false, Opcode.Binary, true, (ulong)length, bytes), head);
    }

    [Fact]
    public void A_head_that_claims_everything_is_only_a_number()
    {
        Assert.True(FrameHead.TryParse([0x42, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], out var head));
        Assert.Equal((ulong.MaxValue, false, true, false), (head.Length, head.Final, head.Compressed, head.Masked));
    }

    [Fact]
    public void The_answer_to_a_key_is_that_of_the_specification() => Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", UpgradeRequest.AcceptOf("dGhlIHNhbXBsZSBub25jZQ=="));
}
