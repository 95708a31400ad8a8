using System.Collections.Concurrent;

namespace Reassembly.Cluster.Tests.Sending;

/// <summary>Everything that was sent in a storm, and everything that was wrong about the answers.</summary>
internal sealed class Ledger
{
    private const int ShownFaults = 30;

    private readonly ConcurrentQueue<Upload> _uploads = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private int _staleAcks;
    private int _refusals;

    public IReadOnlyCollection<Upload> Uploads => _uploads;

    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Acks that named bytes as missing that were acked before.</summary>
    public int StaleAcks => _staleAcks;

    /// <summary>Errors that said: again, later.</summary>
    public int Refusals => _refusals;

    public void Add(Upload upload) => _uploads.Enqueue(upload);

    public void Fault(string fault) => _faults.Enqueue(fault);

    /// <summary>Fails the test where anything was wrong, and says what.</summary>
    /// <param name="others">What was wrong beside the answers.</param>
    public void AssertNoFault(params IEnumerable<string> others)
    {
        var wrong = _faults.Concat(others).ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} faults:\n{string.Join('\n', wrong.Take(ShownFaults))}");
    }

    public void CountStaleAck() => Interlocked.Increment(ref _staleAcks);

    public void CountRefusal() => Interlocked.Increment(ref _refusals);
}
