using Reassembly.Client.Sending;

namespace Reassembly.Cli.Output;

internal sealed class SilentProgress : ISendProgressView
{
    public void Note(string line)
    {
    }

    public void Report(SendProgress value)
    {
    }
}
