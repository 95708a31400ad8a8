using System.Buffers;
using System.Runtime.CompilerServices;

namespace Reassembly.Edge.Receiving;

/// <summary>
/// The memory of one connection: bytes that came in and are not durable yet, counted against this connection's budget and
/// against the node's. What is counted is the length of the rented array, not of what is in it.
/// </summary>
internal sealed class ConnectionBudget(ByteBudget own, ByteBudget node, TimeProvider time)
{
    /// <summary>Any piece of work costs so much beside its bytes: tiny frames are no way around the budget.</summary>
    public const int SmallestCharge = 1024;

    /// <summary>How long the connection may go unread for want of memory.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public ByteBudget Own => own;

    /// <summary>Rents an array of at least so many bytes, if the budgets allow it now.</summary>
    public bool TryRent(int bytes, out FrameBuffer buffer)
    {
        var array = ArrayPool<byte>.Shared.Rent(bytes);
        var charge = ChargeOf(array);
        if (TryTake(charge))
        {
            buffer = new FrameBuffer(array, charge, this);
            return true;
        }

        ArrayPool<byte>.Shared.Return(array);
        buffer = default;
        return false;
    }

    /// <summary>Rents an array, waiting up to <see cref="Patience"/> for the budgets.</summary>
    /// <returns>An absent buffer when there was no room in time.</returns>
    public ValueTask<FrameBuffer> RentAsync(int bytes, CancellationToken cancellationToken)
        => TryRent(bytes, out var buffer) ? new(buffer) : WaitAndRentAsync(bytes, cancellationToken);

    /// <summary>Counts memory that is there already.</summary>
    public FrameBuffer Count(int bytes)
    {
        var charge = Math.Max(bytes, SmallestCharge);
        own.Take(charge);
        node.Take(charge);
        return new FrameBuffer(null, charge, this);
    }

    public void Return(int charge)
    {
        node.Return(charge);
        own.Return(charge);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FrameBuffer> WaitAndRentAsync(int bytes, CancellationToken cancellationToken)
    {
        // The array is rented only when it has been paid for: who waits holds no memory.
        var charge = Math.Max((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)bytes), SmallestCharge);
        var began = time.GetTimestamp();
        if (!await own.TakeAsync(charge, Patience, cancellationToken))
        {
            return default;
        }

        var left = Patience - time.GetElapsedTime(began);
        if (!await node.TakeAsync(charge, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken))
        {
            own.Return(charge);
            return default;
        }

        return new FrameBuffer(ArrayPool<byte>.Shared.Rent(bytes), charge, this);
    }

    private bool TryTake(int charge)
    {
        if (!own.TryTake(charge))
        {
            return false;
        }

        if (node.TryTake(charge))
        {
            return true;
        }

        own.Return(charge);
        return false;
    }

    private static int ChargeOf(byte[] array) => Math.Max(array.Length, SmallestCharge);
}

/// <summary>An array from the pool and what was paid for it. Its holder calls <see cref="Release"/> exactly once.</summary>
internal readonly struct FrameBuffer(byte[]? array, int charge, ConnectionBudget budget)
{
    public byte[] Array => array!;

    /// <summary>False for the default value: nothing was rented, nothing is to be released.</summary>
    public bool IsPresent => budget is not null;

    /// <summary>Gives the array and the bytes of budget back; does nothing on the default value.</summary>
    public void Release()
    {
        if (budget is null)
        {
            return;
        }

        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        budget.Return(charge);
    }
}
