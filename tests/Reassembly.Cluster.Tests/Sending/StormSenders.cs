using System.Globalization;
using Reassembly.Cluster.Tests.Scenarios;

namespace Reassembly.Cluster.Tests.Sending;

/// <summary>All senders of a storm.</summary>
internal sealed class StormSenders : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly List<BareSender> _bare;
    private readonly List<SdkSender> _sdk;
    private Task _running = Task.CompletedTask;

    public StormSenders(Uri address, Ledger ledger, Scenario scenario, int seed)
    {
        var messageBytes = int.Parse(scenario.Settings["Reassembly:Limits:MessageBytes"], CultureInfo.InvariantCulture);
        _bare = [.. Enumerable.Range(0, scenario.BareSenders).Select(index => new BareSender(address, ledger, new Random(seed + index), scenario.BareLargestBytes, messageBytes))];
        _sdk = [.. Enumerable.Range(0, scenario.SdkClients).Select(index => new SdkSender(address, ledger, seed + ((index + 1) * 1000), scenario.SdkSendsAtOnce, scenario.SdkLargestBytes, messageBytes))];
    }

    /// <summary>How often the client library went on over another connection.</summary>
    public int Reconnects => _sdk.Sum(sender => sender.Reconnects);

    public void Start() => _running = Task.WhenAll(
        _bare.Select(sender => Task.Run(() => sender.RunAsync(_stop.Token, _giveUp.Token)))
            .Concat(_sdk.Select(sender => Task.Run(() => sender.RunAsync(_stop.Token, _giveUp.Token)))));

    /// <summary>Lets every sender finish what it has begun; what takes longer goes to the ledger.</summary>
    public async Task FinishAsync(TimeSpan patience)
    {
        await _stop.CancelAsync();
        using var end = new CancellationTokenSource(patience, TimeProvider.System);
        await using var _ = end.Token.Register(_giveUp.Cancel);
        await _running;
    }

    public override string ToString()
        => $"{_sdk.Sum(sender => sender.Bytes) >> 20} MiB sent, {_sdk.Sum(sender => sender.BytesResent) >> 20} MiB of them again, {Reconnects} sends went on over another connection";

    public async ValueTask DisposeAsync()
    {
        // A test that failed midway leaves them running.
        await _stop.CancelAsync();
        await _giveUp.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _bare.ForEach(sender => sender.Dispose());
        foreach (var sender in _sdk)
        {
            await sender.DisposeAsync();
        }

        _stop.Dispose();
        _giveUp.Dispose();
    }
}
