using System.CommandLine;
using Reassembly.Cli.Output;
using Reassembly.Client.Asking;
using Reassembly.Protocol.Control;

namespace Reassembly.Cli.Commands;

/// <summary><c>reassembly status ID</c></summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var id = MessageIdArgument.Create();
        var json = new Option<bool>("--json") { Description = "Print it as one JSON object." };
        var connection = new ConnectionOptions();
        var command = new Command(
            "status",
            $"Says where a message stands; the exit code says it too (0 open or committed, 3 rejected, 5 expired or aborted, 6 unknown).\n\n{ExitCodes.Help}")
        {
            id, json,
        };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Failures.GuardAsync(
            async () =>
            {
                await using var client = await connection.ConnectAsync(parsed, cancellationToken);
                var status = await client.StatusAsync(parsed.GetValue(id), cancellationToken);
                await Console.Out.WriteLineAsync(parsed.GetValue(json) ? CliJson.Write(StatusJson.From(status)) : Line(status));
                return CodeOf(status);
            },
            cancellationToken));
        return command;
    }

    private static int CodeOf(MessageStatus status) => status.Outcome switch
    {
        null or OutcomeState.Committed => ExitCodes.Ok,
        OutcomeState.Rejected => ExitCodes.Rejected,
        _ => ExitCodes.Ended,
    };

    private static string Line(MessageStatus status) => status.Outcome switch
    {
        null => $"{status.Id} open, {status.Durable} bytes durable, {status.Missing.Count} gaps, expires at {status.ExpiresAt:u}",
        OutcomeState.Committed => $"{status.Id} committed, {status.Size} bytes, {status.Sha256}",
        { } state => $"{status.Id} {StatusJson.NameOf(state)}{(status.Error is { } error ? $": {error.Message}" : string.Empty)}",
    };
}
