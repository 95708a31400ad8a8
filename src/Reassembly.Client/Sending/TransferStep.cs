using Reassembly.Client.Errors;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Client.Sending;

/// <summary>What a transfer wants done next.</summary>
internal readonly record struct TransferStep(TransferStepKind Kind)
{
    /// <summary>For <see cref="TransferStepKind.Send"/>.</summary>
    public ByteRange Piece { get; init; }

    public bool IsLast { get; init; }

    public uint Sequence { get; init; }

    /// <summary>For <see cref="TransferStepKind.Wait"/>: when to ask again if nothing happens before.</summary>
    public TimeSpan Until { get; init; }

    /// <summary>For <see cref="TransferStepKind.Fail"/>.</summary>
    public ReassemblyException? Failure { get; init; }

    public static TransferStep Wait(TimeSpan until) => new(TransferStepKind.Wait) { Until = until };

    public static TransferStep Fail(ReassemblyException failure) => new(TransferStepKind.Fail) { Failure = failure };
}

internal enum TransferStepKind
{
    /// <summary>Nothing until something arrives or the time has come.</summary>
    Wait,

    /// <summary>Send <c>open</c>.</summary>
    Open,

    /// <summary>Send <c>status</c>.</summary>
    Ask,

    /// <summary>Send a chunk.</summary>
    Send,

    /// <summary>The outcome is there.</summary>
    Finish,

    /// <summary>Give up.</summary>
    Fail,
}
