using Microsoft.Extensions.Logging;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Protocol.Errors;
using ErrorCode = Reassembly.Protocol.Errors.ErrorCode;

namespace Reassembly.Grains.Routing;

/// <summary>
/// Calls to grains that end with an answer. Where a silo dies, leaves or cannot be reached, Orleans says that a call failed and not
/// whether it was carried out; since all calls are idempotent, it is simply made again, until <see cref="Deadline"/>.
/// </summary>
internal sealed class GrainCalls(TimeProvider time, ILogger<GrainCalls> log)
{
    /// <summary>How long a sender is kept waiting: several times what it takes to declare a silo dead, and well below the 2 minutes after which the SDK gives a message up.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private const int RetryAfterMs = 1000;

    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(500));

    /// <summary>
    /// What leaves open whether the call was carried out. A cancellation is Orleans' own: the call expired before a silo was found for the grain.
    /// </summary>
    public static bool IsAmbiguous(Exception exception)
        => exception is OrleansException or TimeoutException or OperationCanceledException or ObjectDisposedException or InvalidDataException;

    /// <summary>The grain's receipt, or <c>NOT_DURABLE</c> when none came in time.</summary>
    /// <param name="key">The message.</param>
    /// <param name="call">An idempotent call; null means that it was not carried out.</param>
    /// <param name="cancellationToken">Ends the wait between attempts.</param>
    public async Task<Receipt> CallAsync(MessageKey key, Func<Task<Receipt?>> call, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            Exception? failure = null;
            try
            {
                if (await call().WaitAsync(cancellationToken).ConfigureAwait(false) is { } receipt)
                {
                    return receipt;
                }
            }
            catch (Exception exception) when (IsAmbiguous(exception) && !cancellationToken.IsCancellationRequested)
            {
                failure = exception;
            }

            var pause = Pauses.After(attempt);
            if (time.GetElapsedTime(started) + pause > Deadline)
            {
                GrainLog.GaveUp(log, key, attempt, failure);
                return Receipt.Refused(Unanswered(key));
            }

            GrainLog.CallsAgain(log, key, attempt, failure?.GetType().Name ?? "withdrawn");
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ProtocolError Unanswered(MessageKey key)
        => new(ErrorCode.NotDurable, ErrorScope.Message, $"not known to be stored, send it again: no node that holds this message answered within {Deadline.TotalSeconds:0} s")
        {
            Id = key.Id,
            Retryable = true,
            RetryAfterMs = RetryAfterMs,
        };
}
