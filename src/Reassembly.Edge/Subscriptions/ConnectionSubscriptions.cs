using System.Collections.Concurrent;
using Reassembly.Core.Delivery;
using Reassembly.Core.Delivery.Subscriptions;
using Reassembly.Core.Storage;
using Reassembly.Edge.Connections;
using Reassembly.Edge.Sending;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Subscriptions;

/// <summary>
/// What one connection subscribes to, and the messages on their way to it. Whatever ends the connection hands those to other subscribers.
/// </summary>
internal sealed class ConnectionSubscriptions : ISubscriber, IDisposable
{
    /// <summary>Messages of one channel on their way to one subscriber, at most: each has a place here and a row in the ledger.</summary>
    private const int MostInFlight = 1024;

    /// <summary>Channels of one connection, at most.</summary>
    private const int MostChannels = 128;

    private const int RetryAfterMs = 1000;

    private readonly SubscriptionHub _hub;
    private readonly DeliveryContext _context;
    private readonly EdgeConnection _connection;
    private readonly PayloadSender _sender;
    private readonly Pace _pace;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ISubscription> _channels = [];
    private readonly ConcurrentDictionary<MessageId, Handover> _underWay = new();
    private readonly CancellationToken _ended;
    private readonly CancellationTokenRegistration _onEnd;
    private bool _isLeaving;

    public ConnectionSubscriptions(EdgeNode node, EdgeConnection connection)
    {
        _hub = node.Subscriptions;
        _context = node.Deliveries;
        _connection = connection;
        var patience = node.Deliveries.Options.GetTimeout();
        _pace = new Pace(patience, node.Time);

        // Longer than the pace allows: the message is handed on first, and the subscriber hears of it if it reads on after all.
        _sender = new PayloadSender(connection.Outbound, WentOut, node.Limits.FrameBytes, patience + OutboundQueue.SendTimeout);
        _ended = connection.Ended;
        _onEnd = _ended.Register(End);
    }

    /// <summary>Subscribes, or sets the credit anew where the connection does so already.</summary>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    public ProtocolError? Subscribe(SubscribeMessage message)
    {
        var inFlight = (int)Math.Min(message.InFlight ?? 1, MostInFlight);
        lock (_gate)
        {
            if (_isLeaving)
            {
                return Overloaded("this node is stopping, or this connection ends: subscribe over another");
            }

            if (_channels.TryGetValue(message.Channel, out var had))
            {
                had.SetCredit(inFlight);
            }
            else if (_channels.Count == MostChannels)
            {
                return Overloaded($"one connection may subscribe to {MostChannels} channels: take another connection for {message.Channel}");
            }
            else
            {
                _channels.Add(message.Channel, _hub.Subscribe(message.Channel, inFlight, this));
            }

            return null;
        }
    }

    /// <summary>Takes what the subscriber says of a message.</summary>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    public ProtocolError? Answer(MessageId id, bool hasIt, TimeSpan? after)
    {
        if (!_underWay.TryGetValue(id, out var handover))
        {
            return Unknown(id, $"message {id} is not on its way on this connection: it was never sent here, was answered already, or went to another subscriber meanwhile");
        }

        if (hasIt && !handover.IsSentWhole)
        {
            handover.TryAnswer(new HandoverAnswer(HandoverEnd.Lied));
            return Unknown(id, $"message {id} has not been sent whole on this connection: it goes to another subscriber");
        }

        return handover.TryAnswer(hasIt ? new HandoverAnswer(HandoverEnd.Delivered) : new HandoverAnswer(HandoverEnd.Retry, after))
            ? null
            : Unknown(id, $"message {id} was answered already");
    }

    /// <summary>Takes no more messages; those on their way may still be answered.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _isLeaving = true;
            foreach (var (_, channel) in _channels)
            {
                channel.Dispose();
            }

            _channels.Clear();
        }
    }

    public async Task<SubscriberAnswer> HandOverAsync(CommittedPayload payload, DeliveryAttempt attempt)
    {
        var handover = new Handover(payload.Id);
        if (_ended.IsCancellationRequested || !_underWay.TryAdd(payload.Id, handover))
        {
            // Where an earlier attempt is still on its way here, the ledger has given it up: its answer would settle nothing.
            _underWay.GetValueOrDefault(payload.Id)?.TryAnswer(new HandoverAnswer(HandoverEnd.Lost));
            return new SubscriberAnswer(_context.AfterLoss(attempt, "its subscriber left"));
        }

        _connection.Watch.BeginWork();
        try
        {
            if (_ended.IsCancellationRequested)
            {
                // The end may have come before this was in the table.
                handover.TryAnswer(new HandoverAnswer(HandoverEnd.Lost));
            }

            var sending = _sender.SendAsync(payload, handover);
            if (await FallsBehindAsync(sending, handover))
            {
                _ = sending.ContinueWith(static sending => sending.Exception, TaskScheduler.Default);
            }
            else if (!await sending)
            {
                // The connection is closing and takes nothing more: it must not be given the next message, either.
                Leave();
                handover.TryAnswer(new HandoverAnswer(HandoverEnd.Lost));
            }

            return await AnswerAsync(handover, attempt);
        }
        catch (Exception failure)
        {
            // Whatever it got of the message is no good to it; the message comes again, here or elsewhere.
            await _connection.Outbound.PostAsync(ErrorMessage.From(new ProtocolError(
                failure is DeliveryRefusedException ? ErrorCode.FrameTooBig : ErrorCode.NotDurable, ErrorScope.Message, failure.Message)
            {
                Id = payload.Id,
                Retryable = true,
            }));
            throw;
        }
        finally
        {
            _underWay.TryRemove(payload.Id, out _);
            _connection.Watch.EndWork();
        }
    }

    public void Dispose()
    {
        _onEnd.Dispose();
        End();
    }

    /// <summary>
    /// Waits until a message went out, or its connection takes it so slowly that another gets it. What of it is just going out cannot be called back
    /// then; no more follows.
    /// </summary>
    private async ValueTask<bool> FallsBehindAsync(Task sending, Handover handover)
    {
        for (var began = _pace.Begin(); !sending.IsCompleted;)
        {
            var left = _pace.LeftOf(began);
            if (left <= TimeSpan.Zero)
            {
                // Whatever was answered meanwhile counts, and need not wait for the rest, either.
                handover.TryAnswer(new HandoverAnswer(HandoverEnd.Slow));
                return true;
            }

            await sending.WaitAsync(left, _context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    private void WentOut(int bytes)
    {
        _pace.Took(bytes);
        _connection.Watch.Gave(bytes);
    }

    private async Task<SubscriberAnswer> AnswerAsync(Handover handover, DeliveryAttempt attempt)
    {
        await ((Task)handover.Answered).WaitAsync(_context.Options.GetTimeout(), _context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (handover.TryAnswer(new HandoverAnswer(HandoverEnd.Lost)))
        {
            Tell(handover, $"no answer to message {handover.Id} within {_context.Options.TimeoutSeconds} s after its last byte: it goes to another subscriber");
            return new SubscriberAnswer(_context.AfterLoss(attempt, $"its subscriber did not answer within {_context.Options.TimeoutSeconds} s"), WasAtFault: true);
        }

        var answer = await handover.Answered;
        if (answer.Kind == HandoverEnd.Slow)
        {
            Tell(
                handover,
                $"message {handover.Id} was read too slowly: nothing of it for {_context.Options.TimeoutSeconds} s, or less than {Pace.LeastBytesPerSecond} bytes a second beyond that; it goes to another subscriber");
        }

        return answer.Kind switch
        {
            HandoverEnd.Delivered => new SubscriberAnswer(DeliveryResult.Delivered),
            HandoverEnd.Retry => new SubscriberAnswer(AfterRetry(attempt, answer.After)),
            HandoverEnd.Lied => new SubscriberAnswer(_context.AfterLoss(attempt, "its subscriber said it had what was not sent to it"), WasAtFault: true),
            HandoverEnd.Slow => new SubscriberAnswer(_context.AfterLoss(attempt, "its subscriber read it too slowly"), WasAtFault: true),
            _ => new SubscriberAnswer(_context.AfterLoss(attempt, "its subscriber's connection was lost")),
        };
    }

    private DeliveryResult AfterRetry(DeliveryAttempt attempt, TimeSpan? after)
    {
        const string Reason = "its subscriber wants it again";
        return attempt.Attempt < _context.Options.MaxAttempts && after is { } pause
            ? DeliveryResult.Again(_context.Time.GetUtcNow() + pause, Reason)
            : _context.AfterFailure(attempt, Reason);
    }

    /// <summary>Says that the time of a message is over. Not waited for: a subscriber that does not read must not hold the message any longer.</summary>
    private void Tell(Handover handover, string sentence)
        => _ = _connection.Outbound.PostAsync(ErrorMessage.From(new ProtocolError(ErrorCode.Expired, ErrorScope.Message, sentence) { Id = handover.Id })).AsTask();

    private void End()
    {
        Leave();
        foreach (var (_, handover) in _underWay)
        {
            handover.TryAnswer(new HandoverAnswer(HandoverEnd.Lost));
        }
    }

    private static ProtocolError Overloaded(string sentence) => new(ErrorCode.Overloaded, ErrorScope.Frame, sentence) { Retryable = true, RetryAfterMs = RetryAfterMs };

    private static ProtocolError Unknown(MessageId id, string sentence) => new(ErrorCode.UnknownMessage, ErrorScope.Message, sentence) { Id = id };
}
