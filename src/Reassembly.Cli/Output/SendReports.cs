using Reassembly.Client.Sending;

namespace Reassembly.Cli.Output;

/// <summary>From what a send reports to what a person sees.</summary>
internal sealed class SendReports(IProgressView view) : IProgress<SendProgress>
{
    public void Report(SendProgress value)
    {
        if (value.Detail is { } detail)
        {
            view.Note(detail);
        }

        view.Show(value.DurableBytes, value.TotalBytes);
    }
}
