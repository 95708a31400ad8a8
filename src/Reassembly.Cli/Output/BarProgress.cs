using Reassembly.Client.Sending;
using Spectre.Console;

namespace Reassembly.Cli.Output;

/// <summary>A bar of durable bytes, with rate, and a line above it for whatever else happens.</summary>
internal sealed class BarProgress(IAnsiConsole console, ProgressContext context) : ISendProgressView
{
    private readonly ProgressTask _bar = NewBar(context);

    public void Note(string line) => console.WriteLine(line);

    public void Report(SendProgress value)
    {
        if (value.Detail is { } detail)
        {
            Note(detail);
        }

        if (value.TotalBytes is { } total)
        {
            _bar.IsIndeterminate = false;
            _bar.MaxValue = Math.Max(1, total);
        }

        _bar.Value = value.DurableBytes;
    }

    private static ProgressTask NewBar(ProgressContext context)
    {
        var bar = context.AddTask("sending", maxValue: double.MaxValue);
        bar.IsIndeterminate = true;
        return bar;
    }
}
