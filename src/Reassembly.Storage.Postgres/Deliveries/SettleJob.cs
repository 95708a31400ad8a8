using System.Text;
using Reassembly.Core;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>What came of an attempt, on its way into a transaction. Its task says whether the attempt was still under way.</summary>
internal sealed class SettleJob(DeliveryAttempt attempt, DeliveryResult result)
    : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>For an entry that goes.</summary>
    public const short Gone = -1;

    public MessageKey Key => attempt.Key;

    public string Sink => attempt.Sink;

    public int Attempt => attempt.Attempt;

    public Guid? Claim => attempt.Claim;

    public short State => result.End switch
    {
        DeliveryEnd.Delivered => Gone,
        DeliveryEnd.Again => Entry.Waits,
        _ => Entry.Dead,
    };

    public long Due => result.NotBefore.UtcTicks;

    /// <summary>Why a dead letter is one; whatever the sink said, as text that the database takes.</summary>
    public string? Reason { get; } = result.End != DeliveryEnd.Dead ? null
        : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(result.Reason ?? string.Empty)).Replace('\0', '\uFFFD');
}
