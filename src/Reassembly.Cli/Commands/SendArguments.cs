using System.CommandLine;
using System.CommandLine.Parsing;
using Reassembly.Client.Sending;
using Reassembly.Protocol;

namespace Reassembly.Cli.Commands;

/// <summary>The options of <c>send</c> that say what the message is.</summary>
internal sealed class SendArguments
{
    private readonly Option<string?> _channel = new("--channel") { Description = "Channel it is delivered to." };
    private readonly Option<string?> _contentType = new("--content-type") { Description = "Media type, such as application/pdf." };
    private readonly Option<string?> _compress = new("--compress") { Description = "Compress before cutting: br or gzip." };
    private readonly Option<string[]> _headers = new("--header") { Description = "A header to hand on; may be given more than once.", HelpName = "key=value" };
    private readonly Option<double?> _ttl = new("--ttl") { Description = "Seconds after which an unfinished message is given up.", HelpName = "seconds" };

    private readonly Option<MessageId?> _id = new("--id")
    {
        Description = "Id of the message. A message that was sent in part goes on where it stopped.",
        HelpName = "uuid",
        CustomParser = result => MessageIdArgument.Parse(result),
    };

    public SendArguments()
    {
        _compress.AcceptOnlyFromAmong("br", "gzip");
        _headers.Validators.Add(CheckHeaders);
        _ttl.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is not (> 0 and < 1e9))
            {
                result.AddError("--ttl must be a number of seconds above 0");
            }
        });
        foreach (var option in new[] { _channel, _contentType })
        {
            option.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<string?>() is { Length: 0 or > 255 })
                {
                    result.AddError($"{option.Name} must have 1 to 255 characters");
                }
            });
        }
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _channel, _contentType, _compress, _id, _headers, _ttl })
        {
            command.Options.Add(option);
        }
    }

    public SendOptions Read(ParseResult parsed) => new()
    {
        Id = parsed.GetValue(_id) ?? MessageId.NewVersion7(TimeProvider.System.GetUtcNow()),
        Channel = parsed.GetValue(_channel),
        ContentType = parsed.GetValue(_contentType),
        Headers = ReadHeaders(parsed.GetValue(_headers) ?? []),
        TimeToLive = parsed.GetValue(_ttl) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Compression = parsed.GetValue(_compress) switch
        {
            "br" => PayloadCompression.Brotli,
            "gzip" => PayloadCompression.Gzip,
            _ => PayloadCompression.None,
        },
    };

    private static Dictionary<string, string>? ReadHeaders(string[] headers)
        => headers.Length == 0 ? null : headers.ToDictionary(header => header[..header.IndexOf('=')], header => header[(header.IndexOf('=') + 1)..]);

    private static void CheckHeaders(OptionResult result)
    {
        var seen = new HashSet<string>();
        foreach (var token in result.Tokens)
        {
            var at = token.Value.IndexOf('=');
            if (at <= 0)
            {
                result.AddError($"'{token.Value}' is not key=value");
            }
            else if (!seen.Add(token.Value[..at]))
            {
                result.AddError($"header '{token.Value[..at]}' is given twice");
            }
        }
    }
}
