namespace Reassembly.Cli.Doctor.Wire;

/// <summary>What was put on the wire and came from it, over all connections to one address.</summary>
internal sealed class Traffic
{
    private long _sent;
    private long _received;

    public int Connections { get; set; }

    public long Sent => Interlocked.Read(ref _sent);

    public long Received => Interlocked.Read(ref _received);

    public void CountSent(long bytes) => Interlocked.Add(ref _sent, bytes);

    public void CountReceived(long bytes) => Interlocked.Add(ref _received, bytes);
}
