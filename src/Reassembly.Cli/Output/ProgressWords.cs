namespace Reassembly.Cli.Output;

/// <summary>What is under way, and what its bytes are when they are done.</summary>
internal sealed record ProgressWords(string Doing, string Done)
{
    public static ProgressWords Sending { get; } = new("sending", "durable");

    public static ProgressWords Receiving { get; } = new("receiving", "received");
}
