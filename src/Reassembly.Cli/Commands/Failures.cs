using Reassembly.Client.Errors;

namespace Reassembly.Cli.Commands;

/// <summary>From an exception to one line on standard error and an exit code.</summary>
internal static class Failures
{
    public static async Task<int> GuardAsync(Func<Task<int>> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("cancelled");
            return ExitCodes.Cancelled;
        }
        catch (Exception exception)
        {
            // The end of the process: whatever it is, the person gets one line and the script a number.
            await Console.Error.WriteLineAsync($"reassembly: {Sentence(exception)}");
            return CodeOf(exception);
        }
    }

    private static int CodeOf(Exception exception) => exception switch
    {
        MessageRejectedException or PayloadMismatchException => ExitCodes.Rejected,
        ConnectionFailedException or NoProgressException => ExitCodes.GaveUp,
        MessageExpiredException or MessageAbortedException => ExitCodes.Ended,
        UnknownMessageException => ExitCodes.UnknownMessage,
        _ => ExitCodes.Unexpected,
    };

    private static string Sentence(Exception exception)
    {
        if (exception is not ReassemblyException { Limit: { } limit })
        {
            return exception.Message;
        }

        return $"{exception.Message} (limit {limit.Name} = {limit.Max}, got {limit.Actual}, at {limit.Hop})";
    }
}
