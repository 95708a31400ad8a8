using Spectre.Console;

namespace Reassembly.Cli.Output;

/// <summary>Picks the view: a bar on a terminal, lines when standard error goes elsewhere, nothing when asked to be quiet.</summary>
internal static class SendProgressView
{
    public static async Task<T> RunAsync<T>(bool quiet, Func<ISendProgressView, Task<T>> send)
    {
        if (quiet)
        {
            return await send(new SilentProgress());
        }

        if (Console.IsErrorRedirected)
        {
            return await send(new LineProgress(Console.Error, TimeProvider.System));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => send(new BarProgress(console, context)));
    }
}
