using System.CommandLine;
using System.Globalization;
using Reassembly.Cli.Http;
using Reassembly.Cli.Output;
using Reassembly.Client.Errors;

namespace Reassembly.Cli.Commands;

/// <summary><c>reassembly dead-letters list|get|retry|drop</c></summary>
internal static class DeadLettersCommand
{
    private const int PageSize = 100;

    public static Command Create() => new(
        "dead-letters",
        $"What a channel gave up after too many attempts: lists it, fetches it, lets it be delivered again, or drops it.\n\n{ExitCodes.Help}")
    {
        List(),
        Get(),
        Tell("retry", "Lets a message be delivered again, as if for the first time.", HttpMethod.Post, "/retry", "will be delivered again"),
        Tell("drop", "Drops a message for good.", HttpMethod.Delete, string.Empty, "dropped"),
    };

    private static Command List()
    {
        var channel = ChannelOption.Create(required: true);
        var json = new Option<bool>("--json") { Description = "Print them as one JSON object." };
        var connection = new ConnectionOptions();
        var command = new Command("list", "Lists them, the oldest first.") { channel, json };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Failures.GuardAsync(
            async () =>
            {
                using var http = connection.Http(parsed);
                var all = new DeadLettersJson(await AllAsync(http, parsed.GetValue(channel)!, cancellationToken));
                await Console.Out.WriteLineAsync(parsed.GetValue(json) ? CliJson.Write(all) : Table(all));
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    // The payload of a dead letter is that of any other message; the channel is taken so that the four look alike.
    private static Command Get()
    {
        var command = GetCommand.Create();
        command.Options.Add(ChannelOption.Create(required: false));
        return command;
    }

    private static Command Tell(string name, string description, HttpMethod method, string action, string done)
    {
        var id = MessageIdArgument.Create();
        var channel = ChannelOption.Create(required: true);
        var connection = new ConnectionOptions();
        var command = new Command(name, description) { id, channel };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Failures.GuardAsync(
            async () =>
            {
                using var http = connection.Http(parsed);
                var message = parsed.GetValue(id);
                if (!await http.TellAsync(method, $"{PathOf(parsed.GetValue(channel)!)}/{message}{action}", cancellationToken))
                {
                    throw new UnknownMessageException(message, $"message {message} is no dead letter of channel '{parsed.GetValue(channel)}'");
                }

                await Console.Out.WriteLineAsync($"{message} {done}");
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static async Task<List<DeadLetterJson>> AllAsync(ServerHttp http, string channel, CancellationToken cancellationToken)
    {
        var all = new List<DeadLetterJson>();
        var after = string.Empty;
        while (true)
        {
            var page = await http.GetAsync($"{PathOf(channel)}?{after}limit={PageSize}", CliJson.Default.DeadLettersJson, cancellationToken);
            all.AddRange(page.DeadLetters);
            if (page.Next is null)
            {
                return all;
            }

            after = $"after={Uri.EscapeDataString(page.Next)}&";
        }
    }

    private static string PathOf(string channel) => $"channels/{Uri.EscapeDataString(channel)}/dead-letters";

    private static string Table(DeadLettersJson answer) => TextTable.Format(
        ["ID", "SINK", "ATTEMPTS", "SINCE", "SIZE", "ERROR"],
        answer.DeadLetters.Select(letter => new[]
        {
            letter.Id,
            letter.Sink ?? "-",
            letter.Attempts.ToString(CultureInfo.InvariantCulture),
            TextTable.Time(letter.Since),
            letter.Size?.ToString(CultureInfo.InvariantCulture) ?? "-",
            letter.Error?.ReplaceLineEndings(" ") ?? "-",
        }));
}
