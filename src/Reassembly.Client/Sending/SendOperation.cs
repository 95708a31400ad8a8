using System.Runtime.CompilerServices;
using Reassembly.Client.Connections;
using Reassembly.Client.Errors;
using Reassembly.Client.Sources;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Sending;

/// <summary>Runs one transfer: feeds it what arrives, does what it says next, until the message has its outcome.</summary>
internal sealed class SendOperation : IDisposable
{
    private readonly SendContext _context;
    private readonly OpenMessage _open;
    private readonly IPayloadSource _source;
    private readonly TransferInbox _inbox;
    private readonly SendReporter _reporter;
    private readonly Transfer _transfer;
    private readonly SendLink _link;
    private readonly ChunkWriter _writer;
    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly ITimer _timer;
    private long _chunks;

    public SendOperation(
        SendContext context, OpenMessage open, bool mayBeKnown, IPayloadSource source, TransferInbox inbox, IProgress<SendProgress>? progress)
    {
        var options = context.Options;
        _context = context;
        _open = open;
        _source = source;
        _inbox = inbox;
        _reporter = new SendReporter(progress, resumesFromElsewhere: mayBeKnown);
        _clock = options.TimeProvider;
        _started = _clock.GetTimestamp();
        _timer = _clock.CreateTimer(static state => ((TransferInbox)state!).Wake(), inbox, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _link = new SendLink(options, context.Keeper);
        _writer = new ChunkWriter(open.Id, source, context.Scheduler);
        _transfer = new Transfer(
            open.Id,
            mayBeKnown,
            new TransferTimes(options.AckTimeout, options.GiveUpAfter, options.MaxUnackedBytes),
            new Backoff(options.BackoffBase, options.BackoffCap, new Random()),
            TimeSpan.Zero);
    }

    private TimeSpan Now => _clock.GetElapsedTime(_started);

    public async Task<SendResult> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _context.Keeper.ThrowIfStopped();
            TakeInbox();
            if (_link.TryMove(_transfer.IsQuiet))
            {
                _transfer.Attach(_link.View(), Now);
                _reporter.OnAttached(_link.Reconnects);
            }

            if (!await StepAsync(cancellationToken).ConfigureAwait(false))
            {
                return await FinishAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Tells the server that this message is given up; at most for the abort time-out.</summary>
    public async Task AbortAsync()
    {
        if (!_transfer.MayBeKnown || !_link.IsUsable)
        {
            return;
        }

        // Where the sender chose the id, the server may have said before, when it was asked, that it does not know the message.
        var earlier = _transfer.LastError;
        using var timeout = new CancellationTokenSource(_context.Options.AbortTimeout, _clock);
        try
        {
            await _link.Connection!.SendAsync(new AbortMessage { Id = _open.Id }).WaitAsync(timeout.Token).ConfigureAwait(false);
            while (_transfer.Outcome is null && !IsUnknown() && _link.IsUsable)
            {
                await _inbox.WaitAsync(timeout.Token).ConfigureAwait(false);
                TakeInbox();
            }
        }
        catch (Exception exception) when (exception is ConnectionLostException or OperationCanceledException)
        {
            // Best effort: without it the message expires at the server.
        }

        bool IsUnknown() => _transfer.LastError is { Code: ErrorCode.UnknownMessage } last && !ReferenceEquals(last, earlier);
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Does the next thing.</summary>
    /// <returns>Whether there is more to do.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> StepAsync(CancellationToken cancellationToken)
    {
        if (_transfer.Outcome is not null)
        {
            return false;
        }

        if (!_link.IsUsable || _link.IsLeaving)
        {
            await WaitForConnectionAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }

        var view = _source.View;
        var step = _transfer.Next(view, Now);
        try
        {
            switch (step.Kind)
            {
                case TransferStepKind.Finish:
                    return false;
                case TransferStepKind.Fail:
                    throw step.Failure!;
                case TransferStepKind.Open:
                    await _link.Connection!.SendAsync(_open).ConfigureAwait(false);
                    break;
                case TransferStepKind.Ask:
                    await _link.Connection!.SendAsync(new StatusMessage { Id = _open.Id }).ConfigureAwait(false);
                    break;
                case TransferStepKind.Send:
                    await _writer.WriteAsync(_link.Connection!, step, view.Size, cancellationToken).ConfigureAwait(false);
                    _transfer.OnSent(step.Piece, step.IsLast, view.Size, Now);
                    _chunks++;
                    break;
                case TransferStepKind.Wait:
                    await WaitAsync(step.Until, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
        catch (ConnectionLostException)
        {
            // The keeper is at it; the next connection begins with a question.
            _reporter.OnDisconnected(_link.Connection!.EndReason, _transfer, view.Size);
        }

        return true;
    }

    private async ValueTask WaitForConnectionAsync(CancellationToken cancellationToken)
    {
        var keeper = _context.Keeper;
        if (Now >= _transfer.GivesUpAt)
        {
            throw keeper.Current is null ? GaveUpConnecting(keeper.LastFailure) : _transfer.NoProgress();
        }

        if (!_link.IsUsable)
        {
            _reporter.OnDisconnected(keeper.LastFailure?.Message ?? _link.Connection?.EndReason, _transfer, _open.Size);
        }

        // A connection that is left is looked at often: half its grace time may end before anything arrives.
        var until = _link.IsUsable ? Now + TimeSpan.FromMilliseconds(50) : _transfer.GivesUpAt;
        if (keeper.Current is null || _link.IsLeaving)
        {
            await WaitAsync(until, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask WaitAsync(TimeSpan until, CancellationToken cancellationToken)
    {
        var earliest = until < _transfer.GivesUpAt ? until : _transfer.GivesUpAt;
        var due = earliest - Now;
        _timer.Change(due > TimeSpan.Zero ? due + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await _inbox.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void TakeInbox()
    {
        var durable = _transfer.Durable;
        foreach (var (connection, message) in _inbox.Take())
        {
            switch (message)
            {
                case AckMessage ack:
                    _transfer.OnAck(ack, connection == _link.Connection, Now);
                    _reporter.OnAck(_transfer, connection);
                    break;
                case OutcomeMessage outcome:
                    _transfer.OnOutcome(outcome);
                    break;
                case ErrorMessage error when connection == _link.Connection:
                    TakeError(error.ToError());
                    break;
            }
        }

        if (_transfer.Durable > durable)
        {
            _source.Release(_transfer.Durable);
            _reporter.OnBytes(_transfer, _source);
        }
    }

    private void TakeError(ProtocolError error)
    {
        if (error.Code == ErrorCode.FrameTooBig && _link.TryNarrow(error.Limit))
        {
            error = error with { Retryable = true };
            _transfer.Narrow(_link.View());
        }

        _transfer.OnError(error, Now);
        _reporter.OnError(error, _transfer);
    }

    private async Task<SendResult> FinishAsync(CancellationToken cancellationToken)
    {
        var outcome = _transfer.Outcome!;
        if (outcome.State != OutcomeState.Committed)
        {
            throw OutcomeExceptions.From(outcome);
        }

        var id = _open.Id;
        if (_source.View.Size is not { } size)
        {
            size = await ReadToEndAsync(outcome.Size, cancellationToken).ConfigureAwait(false);
        }

        var digest = await _source.DigestAsync(cancellationToken).ConfigureAwait(false);
        if ((outcome.Size ?? size) != size || (outcome.Sha256 ?? digest) != digest)
        {
            throw new PayloadMismatchException(
                id, $"message {id} was committed with {outcome.Size} bytes and SHA-256 {outcome.Sha256}; this payload has {size} bytes and {digest}");
        }

        return new SendResult(id, size, digest, _transfer.BytesSent, _transfer.BytesResent, _chunks, _link.Reconnects);
    }

    // Committed before this source was read to its end: the message was complete already. It is read on to compare.
    private async Task<long> ReadToEndAsync(long? committedSize, CancellationToken cancellationToken)
    {
        _source.Release(committedSize ?? long.MaxValue);
        SourceView view;
        while ((view = _source.View).Size is null && view.Available <= (committedSize ?? long.MaxValue))
        {
            await _inbox.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return view.Size ?? view.Available;
    }

    private ConnectionFailedException GaveUpConnecting(ReassemblyException? last) => new(
        $"gave up after {_context.Options.GiveUpAfter.TotalSeconds:0.#} s without a connection: {last?.Message ?? "none could be made"}", last?.Error, last);
}
