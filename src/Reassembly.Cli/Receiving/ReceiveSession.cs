using Reassembly.Cli.Output;
using Reassembly.Client.Errors;
using Reassembly.Client.Receiving;

namespace Reassembly.Cli.Receiving;

/// <summary>Receives into a folder, several messages at once, until as many as wanted are there.</summary>
internal sealed class ReceiveSession(ReceiveFolder folder, IProgressView progress, Func<ReceivedJson, string> format)
{
    private readonly Lock _gate = new();
    private long _bytes;
    private long _announced;

    public async Task RunAsync(IAsyncEnumerable<ReceivedMessage> messages, int inFlight, int wanted, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var source = messages.GetAsyncEnumerator(ending.Token);
        var running = new List<Task<bool>>();
        Task<bool>? next = null;
        var received = 0;
        try
        {
            while (received < wanted)
            {
                if (next is null && running.Count < inFlight && received + running.Count < wanted)
                {
                    next = source.MoveNextAsync().AsTask();
                }

                var ended = await Task.WhenAny(next is null ? running : [next, .. running]);
                if (ended == next)
                {
                    await next;
                    next = null;
                    running.Add(TakeAsync(source.Current, ending.Token));
                }
                else
                {
                    running.Remove(ended);
                    received += await ended ? 1 : 0;
                }
            }
        }
        finally
        {
            // The enumerator can be let go of only when nobody waits for it.
            await ending.CancelAsync();
            Task rest = Task.WhenAll(next is null ? running : [next, .. running]);
            await rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether it was received; otherwise it comes again.</returns>
    private async Task<bool> TakeAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        await using (message)
        {
            try
            {
                Show(0, message.Size);
                if (await folder.HasAsync(message, cancellationToken))
                {
                    Note($"{message.Id} is there already");
                }
                else
                {
                    await folder.WriteAsync(message, count => Show(count, 0), cancellationToken);
                }

                await message.CompleteAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is MessageLostException or PayloadMismatchException)
            {
                Note(exception.Message);
                return false;
            }

            var line = format(new ReceivedJson(message.Id.ToString(), message.Size, message.Sha256, message.Attempt, folder.PathOf(message)) { ContentType = message.ContentType });
            await Console.Out.WriteLineAsync(line);
            return true;
        }
    }

    private void Note(string line)
    {
        lock (_gate)
        {
            progress.Note(line);
        }
    }

    private void Show(long bytes, long announced)
    {
        lock (_gate)
        {
            _bytes += bytes;
            _announced += announced;
            progress.Show(_bytes, _announced);
        }
    }
}
