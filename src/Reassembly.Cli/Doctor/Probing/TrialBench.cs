using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Doctor.Probing;

/// <summary>Carries out trials one after the other, on one connection for as long as it lives.</summary>
internal sealed class TrialBench(Dialer dialer, DoctorOptions options, Budget budget, TimeProvider clock, Action<string> overhear) : IAsyncDisposable
{
    private WireConnection? _connection;

    public PayloadKind Kind { get; set; }

    /// <summary>How long to wait after a pong for what the peer says to a message.</summary>
    public TimeSpan EchoPatience { get; set; }

    /// <summary>Whether the peer answers no pings.</summary>
    public bool Pingless { get; set; }

    /// <returns><see langword="null"/> where the budget does not allow it.</returns>
    /// <exception cref="DoctorException">No connection can be had any more.</exception>
    public async Task<TrialResult?> TryAsync(TrialShape shape, int size, int fragment, CancellationToken cancellationToken)
    {
        if (!budget.TryTake(size))
        {
            return null;
        }

        var connection = _connection ??= await ConnectAsync(cancellationToken);
        var trial = new Trial(connection, Kind, clock, options.Timeout, overhear);
        var result = await trial.RunAsync(shape, size, fragment, EchoPatience, Pingless, cancellationToken);

        // After a refusal the connection may be half dead, and a message without its end leaves no room for another.
        if (!result.Passed || shape == TrialShape.Unfinished)
        {
            await RenewAsync();
        }

        return result;
    }

    /// <summary>Whether the connection still stands a moment after the last message: a proxy may answer a ping for a server that has yet to refuse.</summary>
    public async Task<Ending?> SettleAsync(TimeSpan moment, CancellationToken cancellationToken)
    {
        if (_connection is not { } connection)
        {
            return null;
        }

        var from = clock.GetTimestamp();
        while (await connection.NextAsync(moment - clock.GetElapsedTime(from), cancellationToken) is { } next)
        {
            switch (next)
            {
                case WireEvent.Frame { Head.Opcode: Opcode.Close } close:
                    var (code, reason) = WireConnection.CloseOf(close);
                    return new Ending(true, code, reason, false, clock.GetElapsedTime(from));
                case WireEvent.Ended ended:
                    return new Ending(false, null, string.Empty, ended.Reset, clock.GetElapsedTime(from));
            }
        }

        return null;
    }

    /// <summary>Lets the connection go; the next trial has a new one.</summary>
    public async Task RenewAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await RenewAsync();

    private async Task<WireConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var (answer, connection) = await dialer.UpgradeAsync(deflate: false, cancellationToken);
        if (connection is null)
        {
            throw new DoctorException($"the upgrade was accepted before and is now answered with {answer.Head.StatusLine}");
        }

        if (Kind == PayloadKind.HubCall)
        {
            // SignalR wants to know the protocol first; what it says to that is overheard.
            var handshake = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();
            await connection.SendAsync(Opcode.Text, final: true, handshake.Length, (target, at) => handshake.AsSpan(at, target.Length).CopyTo(target), cancellationToken);
        }

        return connection;
    }
}
