namespace Reassembly.Cli.Output;

internal sealed class SilentProgress : IProgressView
{
    public void Note(string line)
    {
    }

    public void Show(long bytes, long? total)
    {
    }
}
