using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Testing;

namespace Reassembly.Storage.Tests.Postgres;

/// <summary>Waits for the first of each kind of news.</summary>
internal sealed class NewsListener : IStoreListener
{
    public TaskCompletionSource<(MessageKey Key, long Epoch)> Claimed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource<MessageKey> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource<string> Committed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Lost { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static Task WhenListeningAsync(PostgresHarness harness, int listeners = 1)
        => Eventually.TrueAsync(() => harness.AskAsync<bool>($"SELECT count(*) >= {listeners} FROM pg_stat_activity WHERE query = 'LISTEN {harness.Schema}'"), "it listens");

    void IStoreListener.Claimed(MessageKey key, long epoch) => Claimed.TrySetResult((key, epoch));

    void IStoreListener.Ended(MessageKey key) => Ended.TrySetResult(key);

    void IStoreListener.Committed(string channel) => Committed.TrySetResult(channel);

    void IStoreListener.NewsLost() => Lost.TrySetResult();
}
