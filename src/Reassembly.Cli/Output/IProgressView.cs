namespace Reassembly.Cli.Output;

/// <summary>Shows a person how it goes, on standard error. For one caller at a time.</summary>
internal interface IProgressView
{
    /// <summary>Shows one line.</summary>
    void Note(string line);

    /// <summary>Shows how many bytes are done, of how many where that is known.</summary>
    void Show(long bytes, long? total);
}
