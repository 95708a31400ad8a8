using Reassembly.Client.Sending;

namespace Reassembly.Cli.Output;

/// <summary>Shows a person how a send goes, on standard error.</summary>
internal interface ISendProgressView : IProgress<SendProgress>
{
    /// <summary>Shows one line.</summary>
    void Note(string line);
}
