using Reassembly.Core.Routing;
using Reassembly.Grains.Serialization;
using Reassembly.Protocol.Control;

namespace Reassembly.Grains.Messages;

/// <summary>
/// The place of one message in the cluster; its key is a <see cref="MessageGrainKey"/>. Every call is idempotent, so a caller that
/// does not know what became of one makes it again.
/// </summary>
[Alias("reassembly.message")]
internal interface IMessageGrain : IGrainWithStringKey
{
    /// <summary>How long a caller waits for an answer before it asks again: a store's slow write, and not much more.</summary>
    private const string DataTimeout = "00:00:05";

    /// <inheritdoc cref="IMessageRouter.AppendAsync"/>
    /// <returns>Null when the batch was withdrawn before it was looked at: nothing of it was taken.</returns>
    [Alias("append")]
    [ResponseTimeout(DataTimeout)]
    Task<Receipt?> AppendAsync([Immutable] ChunkBatch batch);

    /// <inheritdoc cref="IMessageRouter.OpenAsync"/>
    [Alias("open")]
    [ResponseTimeout(DataTimeout)]
    Task<Receipt?> OpenAsync([Immutable] OpenMessage open);

    /// <inheritdoc cref="IMessageRouter.StatusAsync"/>
    [Alias("status")]
    [ResponseTimeout(DataTimeout)]
    Task<Receipt?> StatusAsync();

    /// <inheritdoc cref="IMessageRouter.AbortAsync"/>
    [Alias("abort")]
    [ResponseTimeout(DataTimeout)]
    Task<Receipt?> AbortAsync();

    /// <inheritdoc cref="IMessageRouter.WakeAsync"/>
    [Alias("wake")]
    [ResponseTimeout(DataTimeout)]
    Task WakeAsync();
}
