using Reassembly.Client;
using Reassembly.Client.Sending;
using Reassembly.Testing.Cluster;

namespace Reassembly.Cluster.Tests.Sending;

/// <summary>One send that begins at a node and ends after it: its source holds the second half back.</summary>
internal sealed class OutlivingSend : IAsyncDisposable
{
    private const int Size = 1 << 20;

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReassemblyClient _client;
    private readonly Upload _upload;
    private readonly Task<SendResult> _sending;

    private OutlivingSend(ReassemblyClient client, Upload upload)
    {
        _client = client;
        _upload = upload;
        var progress = new DurableBytes(bytes =>
        {
            if (bytes >= Size / 4)
            {
                _begun.TrySetResult();
            }
        });
        _sending = client.SendAsync(new HeldStream(upload.Payload, Size / 2, _released.Task), new SendOptions { Id = upload.Id, Channel = "storm" }, progress);
    }

    /// <summary>Returns when the node has acked some of the first half.</summary>
    /// <param name="node">Where it begins.</param>
    /// <param name="elsewhere">Where it goes on.</param>
    /// <param name="ledger">What is checked at the end.</param>
    /// <param name="seed">Of the payload.</param>
    public static async Task<OutlivingSend> BeginAsync(ClusterNode node, Uri elsewhere, Ledger ledger, int seed)
    {
        var client = await ReassemblyClient.ConnectAsync([node.Ws, elsewhere]);
        var send = new OutlivingSend(client, new Upload(ledger, UploadPlan.Commit, seed, Size));
        await Task.WhenAny(send._begun.Task, send._sending).WaitAsync(ClusterNode.Patience, TimeProvider.System);
        return send;
    }

    /// <summary>Lets the rest go; returns when the message is committed.</summary>
    public async Task<SendResult> FinishAsync()
    {
        _released.TrySetResult();
        var result = await _sending.WaitAsync(ClusterNode.Patience, TimeProvider.System);
        _upload.Leave();
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        _released.TrySetResult();
        await _client.DisposeAsync();
        await ((Task)_sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed class DurableBytes(Action<long> report) : IProgress<SendProgress>
    {
        public void Report(SendProgress value) => report(value.DurableBytes);
    }

    /// <summary>Can be read once, and from an offset on only when released.</summary>
    private sealed class HeldStream(byte[] payload, int heldFrom, Task released) : MemoryStream(payload)
    {
        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= heldFrom)
            {
                await released.WaitAsync(cancellationToken);
            }

            var most = Position < heldFrom ? (int)Math.Min(buffer.Length, heldFrom - Position) : buffer.Length;
            return Read(buffer.Span[..most]);
        }
    }
}
