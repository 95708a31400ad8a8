using System.CommandLine;
using System.CommandLine.Parsing;
using Reassembly.Protocol;

namespace Reassembly.Cli.Commands;

/// <summary>A message id on the command line: a UUID in canonical lower case.</summary>
internal static class MessageIdArgument
{
    public static Argument<MessageId> Create() => new("id") { Description = "The message's id.", CustomParser = Parse };

    public static MessageId Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!MessageId.TryParse(text, out var id))
        {
            result.AddError($"'{text}' is not a UUID in canonical lower case");
        }

        return id;
    }
}
