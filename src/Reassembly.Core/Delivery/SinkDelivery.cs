using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>
/// Hands one payload to every sink, each repeated with exponential backoff and jitter until it takes it. A few attempts run at once;
/// one that waits for its next takes no place from the others.
/// </summary>
internal sealed class SinkDelivery : IDisposable
{
    private const int MaxConcurrentAttempts = 4;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly ResiliencePropertyKey<MessageKey> KeyProperty = new("key");
    private static readonly ResiliencePropertyKey<string> SinkProperty = new("sink");

    private readonly IMessageStore _store;
    private readonly IReadOnlyList<IDeliverySink> _sinks;
    private readonly ResiliencePipeline _retry;
    private readonly SemaphoreSlim _attempts = new(MaxConcurrentAttempts, MaxConcurrentAttempts);

    public SinkDelivery(IMessageStore store, IReadOnlyList<IDeliverySink> sinks, TimeProvider time, ILogger logger)
    {
        _store = store;
        _sinks = sinks;
        _retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,

                // A time-out of the sink's own comes as a cancellation, too: only the pump's token ends the attempts.
                ShouldHandle = static retry => ValueTask.FromResult(retry.Outcome.Exception is not null && !retry.Context.CancellationToken.IsCancellationRequested),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstDelay,
                MaxDelay = LongestDelay,
                OnRetry = retry =>
                {
                    retry.Context.Properties.TryGetValue(KeyProperty, out var key);
                    var sink = retry.Context.Properties.GetValue(SinkProperty, string.Empty);
                    CoreLog.DeliveryFailed(logger, key, sink, retry.AttemptNumber + 1, retry.RetryDelay, retry.Outcome.Exception?.Message ?? string.Empty);
                    return default;
                },
            })
            .Build();
    }

    /// <exception cref="StoreException">The record cannot be read.</exception>
    public async Task ToAllSinksAsync(MessageKey key, CancellationToken cancellationToken)
    {
        var record = await _store.FindAsync(key, cancellationToken).ConfigureAwait(false);
        if (record is { Delivery: DeliveryState.Pending })
        {
            await Task.WhenAll(_sinks.Select(sink => ToSinkAsync(sink, key, record, cancellationToken))).ConfigureAwait(false);
        }
    }

    public void Dispose() => _attempts.Dispose();

    private async Task ToSinkAsync(IDeliverySink sink, MessageKey key, MessageRecord record, CancellationToken cancellationToken)
    {
        var attempt = 0;
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(KeyProperty, key);
        context.Properties.Set(SinkProperty, sink.Name);
        try
        {
            await _retry.ExecuteAsync(
                async attemptContext =>
                {
                    await _attempts.WaitAsync(attemptContext.CancellationToken).ConfigureAwait(false);
                    try
                    {
                        await sink.DeliverAsync(new CommittedPayload(_store, key, record, ++attempt), attemptContext.CancellationToken).ConfigureAwait(false);
                    }
                    finally
                    {
                        _attempts.Release();
                    }
                },
                context).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }
}
