using System.CommandLine;
using System.CommandLine.Parsing;
using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Doctor;

/// <summary>The command line of <c>doctor</c>.</summary>
internal sealed class DoctorArguments
{
    private const int DefaultMaxBytes = 2_097_152;

    private readonly Argument<string[]> _urls = new("url") { Description = "ws:// or wss:// addresses to examine.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _fromLog = new("--from-log") { Description = "Explain the error lines of a file, or of standard input (-).", HelpName = "file" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object." };
    private readonly Option<string[]> _headers = new("--header") { Description = "A header of the request; may be given more than once.", HelpName = "name:value" };
    private readonly Option<string?> _subprotocol = new("--subprotocol") { Description = "The subprotocol to ask for.", HelpName = "name" };
    private readonly Option<string?> _send = new("--send") { Description = "What to send: binary or text. [default: binary, and text where that is refused]" };

    private readonly Option<int> _max = new("--max")
    {
        Description = "Largest message to try. An address costs 16 times that in all, at most.",
        HelpName = "bytes",
        DefaultValueFactory = _ => DefaultMaxBytes,
    };

    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "Seconds that the server has for one answer. An address costs 12 times that in all, and one answer more.",
        HelpName = "seconds",
        DefaultValueFactory = _ => 5,
    };

    public DoctorArguments()
    {
        _send.AcceptOnlyFromAmong("binary", "text");
        _headers.Validators.Add(CheckHeaders);
        _subprotocol.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && !IsToken(name))
            {
                result.AddError("--subprotocol must be a name without blanks and separators");
            }
        });
        _max.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 64 or > 1 << 29)
            {
                result.AddError("--max must be from 64 to 536870912");
            }
        });
        _timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and <= 300))
            {
                result.AddError("--timeout must be above 0 and at most 300");
            }
        });
    }

    public void AddTo(Command command)
    {
        command.Arguments.Add(_urls);
        foreach (var option in new Option[] { _json, _max, _timeout, _headers, _subprotocol, _send, _fromLog })
        {
            command.Options.Add(option);
        }

        // Validators of an argument that may be left out are not called for every value that it has.
        command.Validators.Add(result =>
        {
            foreach (var url in (result.GetValue(_urls) ?? []).Where(url => !IsWebSocket(url)))
            {
                result.AddError($"'{url}' is not a ws:// or wss:// address");
            }

            if (result.GetValue(_urls) is { Length: > 0 } == result.GetValue(_fromLog) is not null)
            {
                result.AddError("give either addresses or --from-log");
            }
        });
    }

    public string? FromLog(ParseResult parsed) => parsed.GetValue(_fromLog);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public IReadOnlyList<Uri> Urls(ParseResult parsed) => [.. parsed.GetValue(_urls)!.Select(url => new Uri(url))];

    public DoctorOptions Read(ParseResult parsed) => new(
        parsed.GetValue(_max),
        TimeSpan.FromSeconds(parsed.GetValue(_timeout)),
        [.. (parsed.GetValue(_headers) ?? []).Select(Split)],
        parsed.GetValue(_subprotocol),
        parsed.GetValue(_send) switch
        {
            "binary" => PayloadKind.Binary,
            "text" => PayloadKind.Text,
            _ => null,
        });

    private static KeyValuePair<string, string> Split(string header)
    {
        var colon = header.IndexOf(':');
        return new(header[..colon].Trim(), header[(colon + 1)..].Trim());
    }

    private static bool IsWebSocket(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("ws" or "wss");

    private static void CheckHeaders(OptionResult result)
    {
        foreach (var token in result.Tokens)
        {
            var colon = token.Value.IndexOf(':');
            if (colon <= 0 || !IsToken(token.Value[..colon].Trim()) || token.Value.Any(char.IsControl))
            {
                result.AddError($"'{token.Value}' is not name:value");
            }
        }
    }

    private static bool IsToken(string text) => text.Length > 0 && text.All(character => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character));
}
