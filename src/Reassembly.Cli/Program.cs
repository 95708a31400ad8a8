using System.CommandLine;
using System.Runtime.InteropServices;
using Reassembly.Cli;
using Reassembly.Cli.Commands;
using Reassembly.Cli.Doctor;

var root = new RootCommand($"Sends payloads of any size to a Reassembly server and receives them, in chunks that pass every hop.\n\n{ExitCodes.Help}")
{
    SendCommand.Create(),
    StatusCommand.Create(),
    GetCommand.Create(),
    ReceiveCommand.Create(),
    ChannelsCommand.Create(),
    DeadLettersCommand.Create(),
    DoctorCommand.Create(),
};

// Heard from before the command begins: whoever interrupts a send wants it aborted, however early. The second time ends the process.
using var cancellation = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
var parsed = root.Parse(args);
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
var code = await parsed.InvokeAsync(configuration, cancellation.Token);
return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;

void Cancel(PosixSignalContext signal)
{
    signal.Cancel = !cancellation.IsCancellationRequested;
    cancellation.Cancel();
}
