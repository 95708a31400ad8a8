using Reassembly.Client;
using Reassembly.Client.Errors;
using Reassembly.Client.Sending;
using Reassembly.Protocol.Errors;

namespace Reassembly.Cluster.Tests.Sending;

/// <summary>Senders that use the client library, several at once over one connection. Whatever happens to nodes and links, they see no error.</summary>
internal sealed class SdkSender(Uri address, Ledger ledger, int seed, int sendsAtOnce, int largest, int messageBytes) : IAsyncDisposable
{
    private const int LongestBeforeAbortMs = 300;

    private static readonly ReassemblyClientOptions Options = new()
    {
        BackoffBase = TimeSpan.FromMilliseconds(20),
        BackoffCap = TimeSpan.FromMilliseconds(250),
        ConnectTimeout = TimeSpan.FromSeconds(2),
        AckTimeout = TimeSpan.FromSeconds(1),
    };

    private ReassemblyClient? _client;

    public long Bytes { get; private set; }

    public long BytesResent { get; private set; }

    public int Reconnects { get; private set; }

    /// <summary>Sends until told to stop; what is begun then is still brought to its end.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken giveUp)
    {
        _client = await ReassemblyClient.ConnectAsync(address, Options, giveUp);
        await Task.WhenAll(Enumerable.Range(0, sendsAtOnce).Select(index => Task.Run(() => SendAllAsync(new Random(seed + index), stop, giveUp), CancellationToken.None)));
    }

    public ValueTask DisposeAsync() => _client?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task SendAllAsync(Random random, CancellationToken stop, CancellationToken giveUp)
    {
        while (!stop.IsCancellationRequested)
        {
            var plan = random.Next(25) switch
            {
                0 => UploadPlan.Abort,
                1 => UploadPlan.TooBig,
                2 => UploadPlan.WrongDigest,
                _ => UploadPlan.Commit,
            };
            var size = plan == UploadPlan.TooBig ? messageBytes + 1 : Math.Max(1, random.Next(1, largest) >> random.Next(10));
            var upload = new Upload(ledger, plan, random.Next(), size);
            await SendAsync(upload, random, giveUp);
            upload.Leave();
        }
    }

    private async Task SendAsync(Upload upload, Random random, CancellationToken giveUp)
    {
        var change = upload.Plan == UploadPlan.Abort ? TimeSpan.FromMilliseconds(random.Next(1, LongestBeforeAbortMs)) : Timeout.InfiniteTimeSpan;
        using var changeOfMind = new CancellationTokenSource(change, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(giveUp, changeOfMind.Token);
        var digest = upload.Plan == UploadPlan.WrongDigest ? new string('0', 64) : random.Next(2) == 0 ? upload.Sha256 : null;
        var options = new SendOptions { Id = upload.Id, Channel = "storm", Sha256 = digest };
        try
        {
            var result = await (random.Next(3) switch
            {
                0 => _client!.SendAsync(upload.Payload.AsMemory(), options, null, end.Token),
                1 => _client!.SendAsync(new MemoryStream(upload.Payload), options, null, end.Token),
                _ => _client!.SendAsync(new OneWayStream(upload.Payload), options, null, end.Token),
            });
            if ((result.Size, result.Sha256) != (upload.Size, upload.Sha256))
            {
                ledger.Fault($"message {upload.Id}: the client library says {result}, SHA-256 is {upload.Sha256}");
            }

            upload.IsInDoubt = upload.Plan == UploadPlan.Abort;
            Count(result);
        }
        catch (MessageRejectedException rejected) when ((upload.Plan, rejected.Error?.Code)
            is (UploadPlan.TooBig, ErrorCode.MessageTooBig) or (UploadPlan.WrongDigest, ErrorCode.DigestMismatch))
        {
            // As it should be; the outcome is asked for at the end.
        }
        catch (OperationCanceledException) when (upload.Plan == UploadPlan.Abort && !giveUp.IsCancellationRequested)
        {
            // The server may not have heard of it, and then the message expires; or of the end before, and then it is committed.
            upload.IsInDoubt = true;
        }
        catch (Exception exception)
        {
            ledger.Fault($"message {upload.Id} ({upload.Plan}, {upload.Size} bytes): the client library failed with {exception.GetType().Name}: {exception.Message}");
        }
    }

    private void Count(SendResult result)
    {
        lock (ledger)
        {
            Bytes += result.BytesSent;
            BytesResent += result.BytesResent;
            Reconnects += result.Reconnects;
        }
    }

    /// <summary>A source that can be read once.</summary>
    private sealed class OneWayStream(byte[] payload) : MemoryStream(payload)
    {
        public override bool CanSeek => false;
    }
}
