using Spectre.Console;

namespace Reassembly.Cli.Output;

/// <summary>A bar of the bytes that are done, with rate, and a line above it for whatever else happens.</summary>
internal sealed class BarProgress(IAnsiConsole console, ProgressContext context, ProgressWords words) : IProgressView
{
    private readonly ProgressTask _bar = NewBar(context, words);

    public void Note(string line) => console.WriteLine(line);

    public void Show(long bytes, long? total)
    {
        if (total is { } size)
        {
            _bar.IsIndeterminate = false;
            _bar.MaxValue = Math.Max(1, size);
        }

        _bar.Value = bytes;
    }

    private static ProgressTask NewBar(ProgressContext context, ProgressWords words)
    {
        var bar = context.AddTask(words.Doing, maxValue: double.MaxValue);
        bar.IsIndeterminate = true;
        return bar;
    }
}
