using System.Text;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using static Reassembly.Storage.Tests.Conformance.Deliveries;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>
/// A ledger with an entry in each state, and one of its changes: what a store has after a reopening is compared, as text, with what
/// the reference has with the change or without it.
/// </summary>
internal sealed class LedgerScenario
{
    private readonly MessageKey _waiting = Messages.NewKey();
    private readonly MessageKey _tried = Messages.NewKey();
    private readonly MessageKey _held = Messages.NewKey();
    private readonly MessageKey _lent = Messages.NewKey();
    private readonly MessageKey _dead = Messages.NewKey();
    private readonly MessageKey _due = Messages.NewKey();
    private readonly MessageKey _fresh = Messages.NewKey();

    public static IReadOnlyList<string> Changes { get; } = ["commit", "take", "lend", "deliver", "put off", "bury", "revive", "drop", "purge"];

    public async Task BuildAsync(IMessageStore store, IDeliveryLedger ledger)
    {
        await store.CommitAsync(_tried, PlanFor(First));
        await ledger.TakeAndSettleAsync(First, DeliveryResult.Again(Messages.Later, "not now"));
        await store.CommitAsync(_dead, PlanFor(First, Subscribers));
        await ledger.TakeAndSettleAsync(First, DeliveryResult.Dead("never"));
        await store.CommitAsync(_lent, PlanFor(First));
        Assert.Single(await ledger.TakeAsync(First, until: Messages.Later));
        await store.CommitAsync(_held, PlanFor(First, Second));
        Assert.Single(await ledger.TakeAsync(First));
        await store.CommitAsync(_waiting, PlanFor(First));
        await store.CommitAsync(_due, PlanFor(Subscribers), expiresAt: Messages.Start);
    }

    public async Task<IReadOnlyList<DeliveryAttempt>> ChangeAsync(string change, IMessageStore store, IMessageCatalogue catalogue, IDeliveryLedger ledger)
    {
        switch (change)
        {
            case "commit":
                // With its last bytes, so that it passes every step of a store.
                await store.WriteAsync(
                    _fresh, await store.ClaimAsync(_fresh), new MessageWrite([new Segment(0, Messages.Bytes(10))], Messages.Ended(_fresh, OutcomeState.Committed, 10, DeliveryState.Pending), PlanFor(First, Subscribers)));
                break;
            case "take":
                return await ledger.TakeAsync(First);
            case "lend":
                await ledger.TakeAsync(First, until: Messages.Later);
                break;
            case "deliver":
                Assert.True(await ledger.SettleAsync(_held, First, 1, DeliveryResult.Delivered));
                break;
            case "put off":
                Assert.True(await ledger.SettleAsync(_held, First, 1, DeliveryResult.Again(Messages.Later, "not now")));
                break;
            case "bury":
                Assert.True(await ledger.SettleAsync(_held, First, 1, DeliveryResult.Dead("never")));
                break;
            case "revive":
                Assert.Equal(1, await ledger.ReviveAsync(_dead, Channel, CancellationToken.None));
                break;
            case "drop":
                Assert.Equal(1, await ledger.DropAsync(_dead, Channel, CancellationToken.None));
                break;
            default:
                Assert.Equal([new PurgedMessage(_due, true)], await catalogue.PurgeAsync(Messages.Start, 10, CancellationToken.None));
                break;
        }

        return [];
    }

    /// <summary>What the reference has after the change, or without one, and a reopening.</summary>
    public async Task<string> ExpectedAsync(string? change)
    {
        var reference = new InMemoryMessageStore();
        await BuildAsync(reference, reference);
        var taken = change is null ? [] : await ChangeAsync(change, reference, reference, reference);
        foreach (var attempt in taken.Append(new DeliveryAttempt(_held, First, 1)))
        {
            await reference.SettleAsync(attempt, DeliveryResult.Again(Messages.Start, "the node is gone"));
        }

        return await DescribeAsync(reference, reference);
    }

    /// <summary>Everything there is of the ledger. Takes it all on the way, to see when it is due and how often it was taken.</summary>
    public async Task<string> DescribeAsync(IMessageStore store, IDeliveryLedger ledger)
    {
        var text = new StringBuilder();
        foreach (var depth in await ledger.DepthsAsync())
        {
            text.Append($"\n  {depth}");
        }

        foreach (var letter in await ledger.DeadAsync())
        {
            text.Append($"\n  {letter}");
        }

        foreach (var key in new[] { _waiting, _tried, _held, _lent, _dead, _due, _fresh })
        {
            text.Append($"\n  {key} {await store.FindAsync(key) switch { { Outcome: not null } record => record.Delivery, _ => "is not committed" }}");
        }

        foreach (var sink in new[] { First, Second, Subscribers })
        {
            foreach (var now in new[] { Messages.Start, Messages.Later.AddTicks(-10), Messages.Later, Messages.Later.AddYears(50) })
            {
                text.Append($"\n  {now:O} {string.Join(' ', await ledger.TakeAsync(sink, now: now))}");
            }
        }

        return text.ToString();
    }
}
