using System.CommandLine;
using Reassembly.Cli.Output;
using Reassembly.Cli.Receiving;
using Reassembly.Client.Receiving;

namespace Reassembly.Cli.Commands;

/// <summary><c>reassembly receive --channel NAME -o FOLDER</c></summary>
internal static class ReceiveCommand
{
    public static Command Create()
    {
        var channel = ChannelOption.Create(required: true);
        var output = new Option<string>("--output", "-o") { Description = "Folder to write to; made where it is missing.", HelpName = "folder", Required = true };
        var count = Number("--count", "Stop after so many messages. [default: go on until Ctrl+C]", null);
        var inFlight = Number("--in-flight", "Messages to receive at once.", 1);
        var raw = new Option<bool>("--raw") { Description = "Leave compressed payloads compressed." };
        var cap = new Option<long>("--max-bytes")
        {
            Description = "Most bytes that decompression of one payload may make.",
            DefaultValueFactory = _ => new SubscribeOptions().MaxDecompressedBytes,
        };
        var quiet = new Option<bool>("--quiet") { Description = "No progress on standard error." };
        var json = new Option<bool>("--json") { Description = "Print each message as one JSON object on a line of its own." };
        var connection = new ConnectionOptions();
        var command = new Command(
            "receive",
            $"""
            Receives the messages of a channel, each into a file named by its id that appears only when it is whole. Prints id, size,
            SHA-256 and attempt of each on one line. A message whose file is there already is acknowledged and not written again.

            {ExitCodes.Help}
            """)
        {
            channel, output, count, inFlight, raw, cap, quiet, json,
        };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Failures.GuardAsync(
            () => ProgressView.RunAsync(
                parsed.GetValue(quiet),
                ProgressWords.Receiving,
                async progress =>
                {
                    var wanted = parsed.GetValue(count) ?? int.MaxValue;
                    var folder = new ReceiveFolder(parsed.GetValue(output)!, parsed.GetValue(raw));
                    var options = new SubscribeOptions
                    {
                        InFlight = Math.Min(parsed.GetValue(inFlight) ?? 1, wanted),
                        Decompress = !parsed.GetValue(raw),
                        MaxDecompressedBytes = parsed.GetValue(cap),
                    };
                    await using var client = await connection.ConnectAsync(parsed, cancellationToken);
                    var session = new ReceiveSession(folder, progress, parsed.GetValue(json) ? CliJson.Write : Line);
                    await session.RunAsync(client.SubscribeAsync(parsed.GetValue(channel)!, options, cancellationToken), options.InFlight, wanted, cancellationToken);
                    return ExitCodes.Ok;
                }),
            cancellationToken));
        return command;
    }

    private static string Line(ReceivedJson received) => $"{received.Id} {received.Size} {received.Sha256} {received.Attempt}";

    private static Option<int?> Number(string name, string description, int? value)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
            {
                result.AddError($"{name} must be at least 1");
            }
        });
        return option;
    }
}
