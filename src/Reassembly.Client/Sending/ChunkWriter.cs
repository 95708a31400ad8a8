using System.Buffers;
using System.Runtime.CompilerServices;
using Reassembly.Client.Connections;
using Reassembly.Client.Sources;
using Reassembly.Protocol;
using Reassembly.Protocol.Frames;

namespace Reassembly.Client.Sending;

/// <summary>Turns one piece into one frame: waits for its turn, reads the bytes behind room for the header, writes both at once.</summary>
internal sealed class ChunkWriter(MessageId id, IPayloadSource source, FairScheduler scheduler)
{
    private readonly FairScheduler.Turn _turn = scheduler.NewTurn();

    /// <exception cref="ConnectionLostException">The connection is gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ClientConnection connection, TransferStep step, long? size, CancellationToken cancellationToken)
    {
        await _turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        byte[]? buffer = null;
        try
        {
            var length = (int)step.Piece.Length;
            buffer = ArrayPool<byte>.Shared.Rent(ChunkHeader.Size + length);
            var payload = buffer.AsMemory(ChunkHeader.Size, length);
            await source.ReadAsync(step.Piece.From, payload, cancellationToken).ConfigureAwait(false);
            var header = new ChunkHeader
            {
                Sequence = step.Sequence,
                Id = id,
                Offset = step.Piece.From,
                TotalSize = size is { } known ? (ulong)known : ChunkHeader.UnknownSize,
                PayloadLength = length,
                IsLast = step.IsLast,
            };
            ChunkFrame.WriteHeader(buffer, header, payload.Span);
            await connection.SendChunkAsync(buffer.AsMemory(0, ChunkHeader.Size + length)).ConfigureAwait(false);
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            _turn.Release();
        }
    }
}
