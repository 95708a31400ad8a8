using Microsoft.Extensions.Logging;

namespace Reassembly.Storage.Postgres;

internal static partial class PostgresLog
{
    [LoggerMessage(1, LogLevel.Information, "Store {Place} is in service: this is node {Node}")]
    public static partial void InService(ILogger logger, string place, long node);

    [LoggerMessage(2, LogLevel.Error, "Store {Place} is out of service and tries again every {RetrySeconds} s: {Fault}")]
    public static partial void OutOfService(ILogger logger, string place, double retrySeconds, string fault);

    [LoggerMessage(3, LogLevel.Error, "Store {Place} fails writes: {Fault}")]
    public static partial void Failing(ILogger logger, string place, string fault, Exception exception);

    [LoggerMessage(4, LogLevel.Information, "Store {Place} takes writes again")]
    public static partial void Recovered(ILogger logger, string place);

    [LoggerMessage(5, LogLevel.Critical, "Store {Place} runs with {Setting}=off: a crash of the database may lose or mix bytes that were acknowledged. Set it on")]
    public static partial void NotDurable(ILogger logger, string place, string setting);

    [LoggerMessage(6, LogLevel.Warning, "Store {Place}: this node was silent for so long that its lease is gone; it goes on as node {Node}")]
    public static partial void LeaseLost(ILogger logger, string place, long node);

    [LoggerMessage(7, LogLevel.Information, "Store {Place}: {Count} deliveries that nodes had under way which are gone wait again")]
    public static partial void DeliveriesLeft(ILogger logger, string place, int count);

    [LoggerMessage(8, LogLevel.Error, "Payload lost: {Fault}")]
    public static partial void PayloadLost(ILogger logger, string fault);

    [LoggerMessage(9, LogLevel.Warning, "Payload file {Path} could not be removed and is tried again later")]
    public static partial void NotRemoved(ILogger logger, string path, Exception exception);

    [LoggerMessage(10, LogLevel.Error, "Store {Place}: {Part} met what it should not and goes on: {Fault}")]
    public static partial void Unexpected(ILogger logger, string place, string part, string fault, Exception exception);

    [LoggerMessage(11, LogLevel.Information, "Store {Place}: {Count} payload files without a record removed")]
    public static partial void OrphansRemoved(ILogger logger, string place, int count);

    [LoggerMessage(12, LogLevel.Information, "Store {Place}: {Count} deliveries that this node took without hearing of it wait again")]
    public static partial void DeliveriesGivenBack(ILogger logger, string place, int count);
}
