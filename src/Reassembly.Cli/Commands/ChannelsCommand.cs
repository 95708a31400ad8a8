using System.CommandLine;
using System.Globalization;
using Reassembly.Cli.Output;

namespace Reassembly.Cli.Commands;

/// <summary><c>reassembly channels</c></summary>
internal static class ChannelsCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print them as one JSON object." };
        var connection = new ConnectionOptions();
        var name = new Argument<string?>("name") { Description = "Shows one channel, sink by sink.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("channels", $"Lists the channels: what waits, is on its way and was given up in each.\n\n{ExitCodes.Help}")
        {
            name,
            json,
        };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Failures.GuardAsync(
            async () =>
            {
                using var http = connection.Http(parsed);
                if (parsed.GetValue(name) is { } channel)
                {
                    var one = await http.GetAsync($"channels/{Uri.EscapeDataString(channel)}", CliJson.Default.ChannelJson, cancellationToken);
                    await Console.Out.WriteLineAsync(parsed.GetValue(json) ? CliJson.Write(one) : Table(one));
                    return ExitCodes.Ok;
                }

                var answer = await http.GetAsync("channels", CliJson.Default.ChannelsJson, cancellationToken);
                await Console.Out.WriteLineAsync(parsed.GetValue(json) ? CliJson.Write(answer) : Table(answer));
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static string Table(ChannelsJson answer) => TextTable.Format(
        ["CHANNEL", "WAITING", "IN FLIGHT", "DEAD", "OLDEST"],
        answer.Channels.Select(channel => new[]
        {
            channel.Channel, Number(channel.Waiting), Number(channel.InFlight), Number(channel.Dead), TextTable.Time(channel.Oldest),
        }));

    /// <summary>Each sink of a channel, and then all of them.</summary>
    private static string Table(ChannelJson channel) => TextTable.Format(
        ["SINK", "WAITING", "IN FLIGHT", "DEAD", "OLDEST"],
        (channel.Sinks ?? []).Select(static sink => new[]
        {
            sink.UnservedSince is not null ? $"{sink.Sink} (not configured)" : sink.Sink,
            Number(sink.Waiting),
            Number(sink.InFlight),
            Number(sink.Dead),
            TextTable.Time(sink.Oldest),
        })
        .Append(["all", Number(channel.Waiting), Number(channel.InFlight), Number(channel.Dead), TextTable.Time(channel.Oldest)]));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
