using Microsoft.Extensions.Logging;
using Reassembly.Core;

namespace Reassembly.Grains;

/// <summary>Every log line of the grains: ids from 5000.</summary>
internal static partial class GrainLog
{
    [LoggerMessage(5000, LogLevel.Debug, "Message {Key}: attempt {Attempt} got no answer ({Reason}) and is made again")]
    public static partial void CallsAgain(ILogger logger, MessageKey key, int attempt, string reason);

    [LoggerMessage(5001, LogLevel.Warning, "Message {Key}: no node answered in {Attempts} attempts; its sender is asked to send again")]
    public static partial void GaveUp(ILogger logger, MessageKey key, int attempts, Exception? exception);
}
