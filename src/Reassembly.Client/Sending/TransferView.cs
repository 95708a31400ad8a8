using Reassembly.Client.Cutting;

namespace Reassembly.Client.Sending;

/// <summary>What a source can give right now.</summary>
/// <param name="Oldest">The lowest byte that it can still give.</param>
/// <param name="Available">Bytes below it are there.</param>
/// <param name="Size">The end, once known.</param>
internal readonly record struct SourceView(long Oldest, long Available, long? Size);

/// <summary>What the current connection takes.</summary>
/// <param name="Chunk">Bytes of one chunk.</param>
/// <param name="WindowBytes">Credit of a message before its first ack.</param>
/// <param name="Idle">Time without a sign of the sender after which the server lets a message expire.</param>
internal readonly record struct LinkView(CutLimits Chunk, long WindowBytes, TimeSpan Idle);

/// <summary>The times a transfer lives by.</summary>
internal readonly record struct TransferTimes(TimeSpan AckTimeout, TimeSpan GiveUpAfter, long MaxUnackedBytes);
