namespace Reassembly.Cli.Doctor.Probing;

/// <summary>What the examination of one address cost.</summary>
/// <param name="CutShort">Whether it would have cost more to go on than it may.</param>
internal sealed record Spending(int Trials, int Connections, long SentBytes, long ReceivedBytes, TimeSpan Time, bool CutShort);
