using System.Text;
using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Tests.Doctor.Wire;

public sealed class ChunkedBodyTests
{
    [Theory]
    [InlineData("16\r\nConnection ID required\r\n0\r\n\r\n", "Connection ID required")]
    [InlineData("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "abcde")]
    [InlineData("3\r\nabc\r\n10\r\nde", "abcde")]
    [InlineData("7fffffff\r\nabc", "abc")]
    [InlineData("ffffffff\r\nabc", "")]
    [InlineData("no size\r\nabc", "")]
    [InlineData("", "")]
    public void Sizes_are_taken_out(string body, string text) => Assert.Equal(text, Encoding.ASCII.GetString(ChunkedBody.Decode(Encoding.ASCII.GetBytes(body))));
}
