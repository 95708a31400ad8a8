using Reassembly.Core;
using Reassembly.Grains.Messages;
using Reassembly.Protocol;

namespace Reassembly.Grains.Tests.Messages;

public sealed class MessageGrainKeyTests
{
    private static readonly MessageId Id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow());

    [Theory]
    [InlineData("default")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("tenant/0199a1b2-0000-7000-8000-000000000000")]
    public void A_key_is_read_as_it_was_written(string tenant)
        => Assert.Equal(new MessageKey(tenant, Id), MessageGrainKey.Parse(MessageGrainKey.Format(new MessageKey(tenant, Id))));

    [Theory]
    [InlineData("")]
    [InlineData("default")]
    [InlineData("0199a1b2-0000-7000-8000-000000000000")]
    [InlineData("default-0199a1b2-0000-7000-8000-000000000000")]
    [InlineData("default/0199A1B2-0000-7000-8000-000000000000")]
    public void What_is_no_key_is_refused(string text) => Assert.Throws<FormatException>(() => MessageGrainKey.Parse(text));
}
