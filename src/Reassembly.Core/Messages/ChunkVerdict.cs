using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Messages;

/// <summary>What is to be done with a chunk.</summary>
public enum ChunkAction
{
    /// <summary>All of it is new: admit it.</summary>
    Admit,

    /// <summary>Some of it is durable already: admit it if those bytes are the same, refuse it otherwise.</summary>
    Compare,

    /// <summary>Some of it is on its way to the store: look again when that is durable.</summary>
    Defer,

    /// <summary>Refuse it; the message goes on.</summary>
    Refuse,

    /// <summary>It ends the message: rejected.</summary>
    Reject,
}

/// <summary>A decision of <see cref="MessageAssembler"/>; the error is there for <see cref="ChunkAction.Refuse"/> and <see cref="ChunkAction.Reject"/>.</summary>
public readonly record struct ChunkVerdict(ChunkAction Action, ProtocolError? Error = null);
