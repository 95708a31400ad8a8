using System.Text;
using Reassembly.Cli.Doctor.Limits;
using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Doctor.Probing;

/// <summary>Examines one address: who answers there, and then what passes.</summary>
internal sealed class Prober(Uri url, DoctorOptions options, TimeProvider clock)
{
    private const int MaxOverheard = 8;

    private static readonly TimeSpan QuestionTime = TimeSpan.FromSeconds(10);

    private readonly Traffic _traffic = new();
    private readonly List<string> _overheard = [];

    /// <exception cref="OperationCanceledException">It was cancelled; whatever else happens is part of what is seen.</exception>
    public async Task<Observation> ExamineAsync(CancellationToken cancellationToken)
    {
        var budget = new Budget(_traffic, clock, options.MaxBytes, options.Timeout);
        var seen = new Observation(url) { Subprotocol = options.Subprotocol };
        try
        {
            seen = await LookAsync(seen, cancellationToken);
            if (seen.IsUpgraded)
            {
                seen = await MeasureAsync(seen, budget, cancellationToken);
            }
        }
        catch (DoctorException exception)
        {
            // Whoever cancels is not told that a server is slow.
            cancellationToken.ThrowIfCancellationRequested();
            seen = seen with { Unreachable = exception.Message };
        }

        return seen with
        {
            Overheard = _overheard,
            Spending = new Spending(budget.Trials, _traffic.Connections, _traffic.Sent, _traffic.Received, budget.Spent, budget.IsExceeded),
        };
    }

    /// <summary>Who is it? Three requests, and a frame that nobody knows.</summary>
    private async Task<Observation> LookAsync(Observation seen, CancellationToken cancellationToken)
    {
        var (answer, connection) = await NewDialer(options.Timeout).UpgradeAsync(deflate: true, cancellationToken);
        seen = seen with { Upgrade = answer };

        // Two questions that many a server leaves open: both at once, so that it costs one time-out and not two.
        var patience = options.Timeout < QuestionTime ? options.Timeout : QuestionTime;
        var asking = AskPlainlyAsync(NewDialer(patience), cancellationToken);
        var limits = connection is null ? null : await LimitsReader.TryReadAsync(url, clock, patience, cancellationToken);
        seen = seen with { Plain = await asking, Limits = limits };
        if (connection is null)
        {
            return seen;
        }

        await using (connection)
        {
            return seen with { Fingerprint = await FingerprintAsync(connection, cancellationToken) };
        }
    }

    private static async Task<HttpAnswer?> AskPlainlyAsync(Dialer dialer, CancellationToken cancellationToken)
    {
        try
        {
            return await dialer.AskPlainlyAsync(cancellationToken);
        }
        catch (DoctorException)
        {
            // Some servers hang up on whoever does not upgrade; what else they say is enough.
            return null;
        }
    }

    private async Task<Ending?> FingerprintAsync(WireConnection connection, CancellationToken cancellationToken)
    {
        await connection.SendControlAsync(Opcode.Reserved, [], cancellationToken);
        var sent = clock.GetTimestamp();
        while (await connection.NextAsync(options.Timeout - clock.GetElapsedTime(sent), cancellationToken) is { } next)
        {
            switch (next)
            {
                case WireEvent.Frame { Head.Opcode: Opcode.Close } close:
                    var (code, reason) = WireConnection.CloseOf(close);
                    return new Ending(true, code, reason, false, clock.GetElapsedTime(sent));
                case WireEvent.Ended ended:
                    return new Ending(false, null, string.Empty, ended.Reset, clock.GetElapsedTime(sent));
                case WireEvent.Frame { Head: { Opcode: Opcode.Text, Compressed: false } } text:
                    Overhear(Encoding.UTF8.GetString(text.Begin));
                    break;
            }
        }

        return null;
    }

    private async Task<Observation> MeasureAsync(Observation seen, Budget budget, CancellationToken cancellationToken)
    {
        await using var bench = new TrialBench(NewDialer(options.Timeout), options, budget, clock, Overhear);
        return await new Measuring(bench, options).RunAsync(seen, cancellationToken);
    }

    private Dialer NewDialer(TimeSpan timeout) => new(url, new UpgradeRequest(options.Headers, options.Subprotocol), _traffic, clock, timeout);

    private void Overhear(string text)
    {
        if (_overheard.Count < MaxOverheard)
        {
            _overheard.Add(text);
        }
    }
}
