using Microsoft.Extensions.Logging;
using Reassembly.Core;

namespace Reassembly.Edge;

/// <summary>Every log line of the edge: ids from 3000.</summary>
internal static partial class EdgeLog
{
    [LoggerMessage(3000, LogLevel.Debug, "Connection {Connection} opened, subprotocol {Subprotocol}")]
    public static partial void Opened(ILogger logger, string connection, string? subprotocol);

    [LoggerMessage(3001, LogLevel.Debug, "Connection {Connection} ended: {Reason}")]
    public static partial void Ended(ILogger logger, string connection, string reason);

    [LoggerMessage(3002, LogLevel.Information, "Closing connection {Connection} with {Status}: {Reason}")]
    public static partial void Closing(ILogger logger, string connection, int status, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "Connection {Connection} took nothing for {Seconds} s and is cut")]
    public static partial void PeerDoesNotRead(ILogger logger, string connection, double seconds);

    [LoggerMessage(3009, LogLevel.Warning, "Connection {Connection} gave no sign of life for {Seconds} s and is cut")]
    public static partial void PeerIsSilent(ILogger logger, string connection, double seconds);

    [LoggerMessage(3004, LogLevel.Debug, "Connection {Connection}: {Type} of {Bytes} bytes does not fit its receiveFrameBytes of {Limit} and is dropped")]
    public static partial void AnswerDoesNotFit(ILogger logger, string connection, string type, int bytes, int limit);

    [LoggerMessage(3005, LogLevel.Error, "A call for message {Message} failed")]
    public static partial void CallFailed(ILogger logger, MessageKey message, Exception exception);

    [LoggerMessage(3006, LogLevel.Error, "Connection {Connection} failed")]
    public static partial void ConnectionFailed(ILogger logger, string connection, Exception exception);

    [LoggerMessage(3007, LogLevel.Information, "Stopping: {Connections} connections have {GraceMs} ms to go elsewhere")]
    public static partial void Draining(ILogger logger, int connections, int graceMs);

    [LoggerMessage(3008, LogLevel.Warning, "No memory for another frame on connection {Connection}: frames are thrown away and answered with OVERLOADED")]
    public static partial void NoRoom(ILogger logger, string connection);
}
