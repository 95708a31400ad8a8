using System.Text;
using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Tests.Doctor.Probing;

public sealed class PayloadFillTests
{
    [Theory]
    [InlineData(nameof(PayloadKind.Binary), "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    [InlineData(nameof(PayloadKind.Text), "\"aaaaaaaaaaaaaa\"")]
    [InlineData(nameof(PayloadKind.HubCall), "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Reassembly.Doctor\",\"arguments\":[]   }\u001e")]
    public void It_is_the_same_however_it_is_cut(string kind, string whole)
    {
        for (var first = 0; first <= whole.Length; first++)
        {
            for (var second = first; second <= whole.Length; second++)
            {
                var buffer = new byte[whole.Length];
                foreach (var (from, to) in new[] { (0, first), (first, second), (second, whole.Length) })
                {
                    PayloadFill.Write(Enum.Parse<PayloadKind>(kind), buffer.AsSpan(from..to), from, whole.Length);
                }

                Assert.Equal(whole, Encoding.ASCII.GetString(buffer));
            }
        }
    }
}
