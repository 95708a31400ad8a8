using Reassembly.Core.Storage;
using Reassembly.Core.Tests.Messages;
using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Tests.Routing;

public sealed class InProcessMessageRouterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Whoever_waits_for_the_end_of_a_message_never_stored_opens_none()
    {
        var harness = new SessionHarness();
        var message = harness.Message(100);
        var writing = new TaskCompletionSource();
        var fail = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Store.BeforeWrite = async (_, _) =>
        {
            writing.SetResult();
            await fail.Task;
            throw new StoreException("the disk is full");
        };
        var sent = harness.SendAsync(message, message.Chunk(0, 50));
        await writing.Task;
        var end = harness.Router.WhenEndedAsync(message.Key, CancellationToken.None);

        fail.SetResult();

        Assert.Equal(ErrorCode.NotDurable, Assert.Single((await sent).Errors).Code);
        var receipt = await end.WaitAsync(Patience, TimeProvider.System);
        Assert.Equal(ErrorCode.UnknownMessage, Assert.Single(receipt.Errors).Code);
        Assert.Null(await harness.Memory.FindAsync(message.Key, CancellationToken.None));
    }
}
