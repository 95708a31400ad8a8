using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Storage.Postgres.Claims;
using Reassembly.Storage.Postgres.Writing;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>Where the bytes of payloads lie.</summary>
internal interface IPayloadPlace : IDisposable
{
    /// <summary>Makes sure that the place is there; called before the store goes into service.</summary>
    /// <param name="name">The store's name, the same on all nodes.</param>
    /// <param name="isFirst">Nobody has used the place before: it may be made.</param>
    /// <exception cref="IOException">The place cannot be used.</exception>
    void Ensure(Guid name, bool isFirst);

    /// <summary>Looked at each second while the store is in service.</summary>
    /// <exception cref="IOException">The place is gone.</exception>
    void ThrowIfAway();

    /// <summary>Makes the bytes of a write durable, or puts them into the job, to become so with the record.</summary>
    ValueTask<WriteJob> PrepareAsync(Claim claim, MessageWrite write);

    /// <inheritdoc cref="IMessageStore.ReadAsync"/>
    Task<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Removes some of the payloads that are let go.</summary>
    /// <param name="cancellationToken">Ends what takes long; the next round goes on with it.</param>
    /// <returns>Whether there may be more.</returns>
    Task<bool> DropAsync(CancellationToken cancellationToken);
}
