using Microsoft.Extensions.Logging;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>
/// Removes payloads whose message ended without them or was purged, page by page and apart from the writes: a large one takes
/// seconds. What is to go stands in <c>dropped</c> since the transaction that let it go, so a crash forgets none.
/// </summary>
internal sealed class PayloadDropper(Database database, IPayloadPlace payload, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _closing = new();
    private Task? _running;

    public void Start() => _running ??= Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_running is not null)
        {
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                while (!_closing.IsCancellationRequested && await payload.DropAsync(_closing.Token).ConfigureAwait(false))
                {
                }
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (StoreException)
            {
                // The keeper says what is wrong with the database; the next round tries again.
            }
            catch (Exception exception)
            {
                PostgresLog.Unexpected(logger, database.Place, "the dropping of payloads", exception.Message, exception);
            }

            await Task.Delay(Interval, time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
