using Microsoft.Extensions.Logging;

namespace Reassembly.Core;

/// <summary>All log lines of Core, ids 1000 to 1999. A store that is out of service says so itself, once: who waits for it does so quietly.</summary>
internal static partial class CoreLog
{
    [LoggerMessage(1000, LogLevel.Information, "Message {Key}: a newer owner took over from epoch {Epoch}")]
    public static partial void SteppedDown(ILogger logger, MessageKey key, long epoch);

    [LoggerMessage(1001, LogLevel.Error, "Message {Key}: a step failed unexpectedly; its session ends and the next chunk starts another")]
    public static partial void SessionFault(ILogger logger, MessageKey key, Exception exception);

    [LoggerMessage(1010, LogLevel.Warning, "Message {Key}: {Sink} did not take it at attempt {Attempt}, again in {Delay}: {Reason}")]
    public static partial void DeliveryFailed(ILogger logger, MessageKey key, string sink, int attempt, TimeSpan delay, string reason);

    [LoggerMessage(1011, LogLevel.Debug, "Deliveries wait for the store: {Reason}")]
    public static partial void DeliveryWaitsForStore(ILogger logger, string reason);

    [LoggerMessage(1012, LogLevel.Error, "Deliveries failed unexpectedly; they are tried again at the next poll")]
    public static partial void DeliveryFault(ILogger logger, Exception exception);

    [LoggerMessage(1013, LogLevel.Error, "Message {Key} is a dead letter: {Sink} did not take it in {Attempts} attempts: {Reason}")]
    public static partial void DeliveryDead(ILogger logger, MessageKey key, string sink, int attempts, string reason);

    [LoggerMessage(1014, LogLevel.Warning, "{Waiting} messages of channel {Channel} wait for {Sink}, a sink that this node does not have: set it again, or on no node; they become dead letters once none has had it for {Seconds} s, counted from {Since}")]
    public static partial void SinkUnserved(ILogger logger, long waiting, string channel, string sink, DateTimeOffset since, long seconds);

    [LoggerMessage(1015, LogLevel.Error, "{Count} messages of channel {Channel} are dead letters: no node has had their sink {Sink} for {Seconds} s")]
    public static partial void UnservedDead(ILogger logger, int count, string channel, string sink, long seconds);

    [LoggerMessage(1020, LogLevel.Debug, "The sweep waits for the store: {Reason}")]
    public static partial void SweepWaitsForStore(ILogger logger, string reason);

    [LoggerMessage(1021, LogLevel.Information, "Retention over: {Count} ended messages dropped")]
    public static partial void Purged(ILogger logger, int count);

    [LoggerMessage(1024, LogLevel.Warning, "Retention over: {Count} committed messages are gone that nobody was handed, {Key} among them. Subscribe to their channel, or set RetentionSeconds higher")]
    public static partial void LetGo(ILogger logger, int count, MessageKey key);

    [LoggerMessage(1022, LogLevel.Error, "A sweep failed unexpectedly; the next one comes in a second")]
    public static partial void SweepFault(ILogger logger, Exception exception);

    [LoggerMessage(1023, LogLevel.Warning, "Message {Key} is past its time and cannot be ended now; the next sweep tries again: {Reason}")]
    public static partial void WakeFailed(ILogger logger, MessageKey key, string reason);
}
