using System.CommandLine;
using Reassembly.Cli.Output;
using Reassembly.Client.Sending;

namespace Reassembly.Cli.Commands;

/// <summary><c>reassembly send FILE|-</c></summary>
internal static class SendCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The file to send, or - for standard input." };
        var quiet = new Option<bool>("--quiet") { Description = "No progress on standard error." };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON object." };
        var arguments = new SendArguments();
        var connection = new ConnectionOptions();
        var command = new Command(
            "send",
            $"Sends a file. Prints id, size and SHA-256 of the committed message on one line.\n\n{ExitCodes.Help}")
        {
            file, quiet, json,
        };
        connection.AddTo(command);
        arguments.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Failures.GuardAsync(
            async () =>
            {
                await using var payload = Open(parsed.GetValue(file)!);
                var result = await ProgressView.RunAsync(
                    parsed.GetValue(quiet),
                    ProgressWords.Sending,
                    async progress =>
                    {
                        var options = arguments.Read(parsed);
                        progress.Note($"message {options.Id}");
                        await using var client = await connection.ConnectAsync(parsed, cancellationToken);
                        return await client.SendAsync(payload, options, new SendReports(progress), cancellationToken);
                    });
                await PrintAsync(result, parsed.GetValue(json));
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static Stream Open(string file) => file == "-"
        ? Console.OpenStandardInput()
        : new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);

    private static Task PrintAsync(SendResult result, bool json) => json
        ? Console.Out.WriteLineAsync(CliJson.Write(SentJson.From(result)))
        : Console.Out.WriteLineAsync($"{result.Id} {result.Size} {result.Sha256}");
}
