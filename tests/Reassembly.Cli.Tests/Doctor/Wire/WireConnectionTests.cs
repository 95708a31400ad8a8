using System.Net.Sockets;
using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Tests.Doctor.Wire;

/// <summary>How a connection ended, whichever of its two directions heard of it first.</summary>
public sealed class WireConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(SocketError.ConnectionReset, true)]
    [InlineData(SocketError.Shutdown, false)]
    public async Task A_reset_that_a_write_heard_of_is_seen_though_the_read_after_it_sees_an_end(SocketError heard, bool reset)
    {
        await using var connection = new WireConnection(new EndedStream(heard), [], new Traffic(), TimeProvider.System, Patience);
        Assert.False(await connection.SendAsync(Opcode.Binary, final: true, 10, static (_, _) => { }, CancellationToken.None));
        var ended = Assert.IsType<WireEvent.Ended>(await connection.NextAsync(Patience, CancellationToken.None));
        Assert.Equal(reset, ended.Reset);
    }

    /// <summary>What the system does of a connection that is gone: the write has the error, and the read an end.</summary>
    private sealed class EndedStream(SocketError heard) : MemoryStream
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _written.Task.WaitAsync(cancellationToken);
            return 0;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _written.TrySetResult();
            throw new IOException("the write failed", new SocketException((int)heard));
        }
    }
}
