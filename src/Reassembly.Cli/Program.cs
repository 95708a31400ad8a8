using System.CommandLine;
using Reassembly.Cli;
using Reassembly.Cli.Commands;

var root = new RootCommand($"Sends payloads of any size to a Reassembly server, in chunks that pass every hop.\n\n{ExitCodes.Help}")
{
    SendCommand.Create(),
    StatusCommand.Create(),
    GetCommand.Create(),
};

var parsed = root.Parse(args);
var configuration = new InvocationConfiguration
{
    // Long enough for the abort of a cancelled send to reach the server.
    ProcessTerminationTimeout = TimeSpan.FromSeconds(5),
    EnableDefaultExceptionHandler = false,
};
var code = await parsed.InvokeAsync(configuration);
return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;
