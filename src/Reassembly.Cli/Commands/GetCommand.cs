using System.CommandLine;
using Reassembly.Client;
using Reassembly.Client.Downloading;
using Reassembly.Protocol;

namespace Reassembly.Cli.Commands;

/// <summary><c>reassembly get ID -o FILE|-</c></summary>
internal static class GetCommand
{
    public static Command Create()
    {
        var id = MessageIdArgument.Create();
        var output = new Option<string>("--output", "-o") { Description = "File to write, or - for standard output.", Required = true };
        var raw = new Option<bool>("--raw") { Description = "Leave a compressed payload compressed." };
        var cap = new Option<long>("--max-bytes")
        {
            Description = "Most bytes that decompression may make.",
            DefaultValueFactory = _ => new DownloadOptions().MaxDecompressedBytes,
        };
        var connection = new ConnectionOptions();
        var command = new Command(
            "get",
            $"Fetches the payload of a committed message and verifies its digest. A file appears only when it is whole.\n\n{ExitCodes.Help}")
        {
            id, output, raw, cap,
        };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Failures.GuardAsync(
            async () =>
            {
                await using var client = await connection.ConnectAsync(parsed, cancellationToken);
                var options = new DownloadOptions { Decompress = !parsed.GetValue(raw), MaxDecompressedBytes = parsed.GetValue(cap) };
                await GetAsync(client, parsed.GetValue(id), parsed.GetValue(output)!, options, cancellationToken);
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static async Task GetAsync(ReassemblyClient client, MessageId id, string output, DownloadOptions options, CancellationToken cancellationToken)
    {
        if (output == "-")
        {
            await using var standardOutput = Console.OpenStandardOutput();
            await client.GetAsync(id, standardOutput, options, cancellationToken);
            return;
        }

        var path = Path.GetFullPath(output);
        var part = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{id}.part");
        try
        {
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                var result = await client.GetAsync(id, file, options, cancellationToken);
                file.Flush(flushToDisk: true);
                await Console.Error.WriteLineAsync($"{result.WrittenBytes} bytes, SHA-256 {result.Sha256} verified");
            }

            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
