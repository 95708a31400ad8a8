using Reassembly.Client.Connections;
using Reassembly.Client.Cutting;
using Reassembly.Client.Sending;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Tests.Sending;

/// <summary>A transfer that goes over to another node while the one before still answers.</summary>
public sealed class TransferMoveTests
{
    private static readonly MessageId Id = new(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    private static readonly LinkView Link = new(new CutLimits(100, 100), 10_000, TimeSpan.FromSeconds(60));
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(1);

    [Fact]
    public void An_answer_that_the_node_before_has_overtaken_is_asked_for_again()
    {
        var transfer = new Transfer(Id, true, new TransferTimes(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2), 10_000), new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), new Random(1)), Now);
        transfer.Attach(Link, Now);
        Assert.Equal(TransferStepKind.Ask, transfer.Next(new SourceView(0, 5000, null), Now).Kind);
        transfer.OnAck(Ack(1000), current: true, Now);

        // The next node is asked and reads 2000; before its answer is here, the one before has acked 3000, which the source lets go of.
        transfer.OnAck(Ack(2000), current: true, Now);
        transfer.Attach(Link, Now);
        Assert.Equal(TransferStepKind.Ask, transfer.Next(new SourceView(2000, 5000, null), Now).Kind);
        transfer.OnAck(Ack(3000), current: false, Now);
        transfer.OnAck(Ack(2000), current: true, Now);
        Assert.Equal(3000, transfer.Durable);
        Assert.Equal(TransferStepKind.Ask, transfer.Next(new SourceView(3000, 5000, null), Now).Kind);
        transfer.OnAck(Ack(3000), current: true, Now);
        var step = transfer.Next(new SourceView(3000, 5000, null), Now);
        Assert.Equal((TransferStepKind.Send, 3000), (step.Kind, step.Piece.From));
    }

    private static AckMessage Ack(long durable) => new() { Id = Id, Durable = durable, Missing = [], Credit = durable + 10_000 };
}
