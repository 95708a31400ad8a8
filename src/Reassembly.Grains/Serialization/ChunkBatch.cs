using System.Buffers;
using Reassembly.Core.Routing;

namespace Reassembly.Grains.Serialization;

/// <summary>
/// Chunks of one message on their way to its grain, in memory that somebody else wants back.
/// <para><b>Ownership.</b> A grain on the same silo gets the very same memory, uncopied; and a call that its caller has given up may
/// still lie in a queue. So whoever touches the chunks enters first and exits afterwards: the grain around its call, the codec while it
/// copies. Closing refuses whoever comes later and waits for those inside: then the memory is its owner's again.</para>
/// <para>A <i>lent</i> batch belongs to the edge that sent it, and several attempts of one call share it. A <i>received</i> one lies
/// in pooled memory and serves one call: it closes itself, and gives the memory back, when the first visitor leaves. One that nobody
/// ever entered is left to the garbage collector.</para>
/// </summary>
internal sealed class ChunkBatch
{
    /// <summary>What a batch is whose owner had closed it before it could be sent.</summary>
    public static readonly ChunkBatch Withdrawn = new([], null) { _closed = true };

    private readonly Lock _gate = new();
    private readonly IReadOnlyList<Chunk> _chunks;
    private byte[]? _rented;
    private TaskCompletionSource? _empty;
    private int _inside;
    private bool _closed;

    private ChunkBatch(IReadOnlyList<Chunk> chunks, byte[]? rented)
    {
        _chunks = chunks;
        _rented = rented;
    }

    /// <summary>The chunks; touched only between <see cref="TryEnter"/> and <see cref="Exit"/>.</summary>
    public IReadOnlyList<Chunk> Chunks => _chunks;

    /// <summary>Chunks in memory of the caller, who closes the batch before using list or memory again.</summary>
    public static ChunkBatch Lend(IReadOnlyList<Chunk> chunks) => new(chunks, null);

    /// <summary>Chunks in an array rented from <see cref="ArrayPool{T}.Shared"/>, which goes back there after use.</summary>
    public static ChunkBatch Receive(IReadOnlyList<Chunk> chunks, byte[] rented) => new(chunks, rented);

    /// <summary>Asks for the chunks; whoever gets true calls <see cref="Exit"/> once.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _inside++;
            return true;
        }
    }

    public void Exit()
    {
        byte[]? returned = null;
        TaskCompletionSource? empty = null;
        lock (_gate)
        {
            _closed |= _rented is not null;
            if (--_inside == 0)
            {
                empty = _empty;
                if (_closed)
                {
                    (returned, _rented) = (_rented, null);
                }
            }
        }

        if (returned is not null)
        {
            ArrayPool<byte>.Shared.Return(returned);
        }

        empty?.TrySetResult();
    }

    /// <summary>Refuses whoever comes from now on; completes when nobody is inside.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            if (_inside == 0)
            {
                return Task.CompletedTask;
            }

            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }
}
