using System.CommandLine;

namespace Reassembly.Cli.Commands;

/// <summary>The channel that a command is about.</summary>
internal static class ChannelOption
{
    public static Option<string> Create(bool required)
    {
        var option = new Option<string>("--channel") { Description = "The channel.", HelpName = "name", Required = required };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { Length: 0 or > 255 })
            {
                result.AddError("--channel must have 1 to 255 characters");
            }
        });
        return option;
    }
}
