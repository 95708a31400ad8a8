using Microsoft.Extensions.Logging;

namespace Reassembly.Storage.Disk;

internal static partial class DiskLog
{
    [LoggerMessage(1, LogLevel.Information, "Store {Path} is open: {OpenMessages} open messages, {PayloadBytes} bytes of payload, {Orphans} orphaned files removed")]
    public static partial void Opened(ILogger logger, string path, int openMessages, long payloadBytes, int orphans);

    [LoggerMessage(2, LogLevel.Error, "Store {Path} is out of service and tries again every {RetrySeconds} s: {Fault}")]
    public static partial void OutOfService(ILogger logger, string path, double retrySeconds, string fault);

    [LoggerMessage(3, LogLevel.Error, "Store {Path} fails writes: {Fault}")]
    public static partial void Failing(ILogger logger, string path, string fault, Exception exception);

    [LoggerMessage(4, LogLevel.Information, "Store {Path} takes writes again")]
    public static partial void Recovered(ILogger logger, string path);

    [LoggerMessage(5, LogLevel.Error, "Payload lost: {Fault}")]
    public static partial void PayloadLost(ILogger logger, string fault);

    [LoggerMessage(6, LogLevel.Warning, "Payload file {Path} could not be removed and is left to the next start")]
    public static partial void NotRemoved(ILogger logger, string path, Exception exception);

    [LoggerMessage(7, LogLevel.Error, "Store {Path}: a worker met what it should not: {Fault}")]
    public static partial void Unexpected(ILogger logger, string path, string fault, Exception exception);
}
