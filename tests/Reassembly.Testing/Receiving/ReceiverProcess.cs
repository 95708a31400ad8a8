namespace Reassembly.Testing.Receiving;

/// <summary>A receiving program of the tests as a process of its own; it writes down what it gets in a folder that survives it. It lies beside the test, as the server does.</summary>
public sealed class ReceiverProcess : HostProcess
{
    public const string Secret = "whsec_dGhlIHRlc3RzJyBvd24gc2VjcmV0LCAzMiBieXRlcyE=";

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Reassembly.Receivers.dll");

    private ReceiverProcess(params string[] arguments)
        : base(Program, folder => [.. arguments, $"--receipts={folder}"])
    {
    }

    /// <summary>All that was written down, over all starts.</summary>
    public IReadOnlyList<Receipt> Receipts => ReceiptLog.Read(Folder);

    /// <summary>What was written down last since the last start; null where nothing was.</summary>
    public Receipt? Last => ReceiptLog.ReadLast(Folder);

    /// <summary>A webhook's server, which takes what is signed with <see cref="Secret"/>; the path of a request is the channel.</summary>
    /// <param name="workMs">How long it works on a message, at most, before it writes it down, and again before it answers.</param>
    /// <param name="seed">From which that follows.</param>
    public static ReceiverProcess Webhook(int workMs, int seed) => new("--mode=webhook", $"--secret={Secret}", $"--workMs={workMs}", $"--seed={seed}");

    /// <summary>A subscriber that connects again for as long as it lives.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="inFlight">Messages at once.</param>
    /// <param name="frameBytes">What it announces to take.</param>
    /// <param name="workMs">How long it works on a message, at most, before it writes it down, and again before it answers.</param>
    /// <param name="seed">From which that follows.</param>
    public static ReceiverProcess Subscriber(Uri to, string channel, int inFlight, int frameBytes, int workMs, int seed)
        => new("--mode=subscriber", $"--to={to}", $"--channel={channel}", $"--inFlight={inFlight}", $"--frameBytes={frameBytes}", $"--workMs={workMs}", $"--seed={seed}");
}
