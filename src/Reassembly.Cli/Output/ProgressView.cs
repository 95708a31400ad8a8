using Spectre.Console;

namespace Reassembly.Cli.Output;

/// <summary>Picks the view: a bar on a terminal, lines when standard error goes elsewhere, nothing when asked to be quiet.</summary>
internal static class ProgressView
{
    public static async Task<T> RunAsync<T>(bool quiet, ProgressWords words, Func<IProgressView, Task<T>> work)
    {
        if (quiet)
        {
            return await work(new SilentProgress());
        }

        if (Console.IsErrorRedirected)
        {
            return await work(new LineProgress(Console.Error, TimeProvider.System, words));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new BarProgress(console, context, words)));
    }
}
