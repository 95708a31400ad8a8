using System.Diagnostics.CodeAnalysis;
using Reassembly.Client.Connections;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;

namespace Reassembly.Client.Receiving;

/// <summary>
/// A subscription over one connection: which messages are in hand there, and whose chunk a frame is. What the server may not do
/// ends the connection, and with it these deliveries.
/// <para>
/// Messages in flight share the socket, so one whose buffer is full holds up the others. Two of them cannot wait for each other for
/// ever: when somebody waits for what is behind a full buffer that nobody has read from for the stall time, that message goes back
/// to the server.
/// </para>
/// </summary>
internal sealed class SubscriptionLink(ClientConnection connection, SubscribeOptions options, TimeProvider clock, DeliveryQueue queue)
{
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<MessageId, Delivery> _inHand = [];

    /// <summary>Answered before their last chunk came: the rest may be on its way and means nothing.</summary>
    private readonly HashSet<MessageId> _trailing = [];

    /// <summary>A message begins. Called by the connection's reader.</summary>
    public void Begin(PayloadMessage message)
    {
        var delivery = new Delivery(this, message, options.BufferBytes);
        lock (_gate)
        {
            // The server has ended a delivery that it begins again, and, when it begins more than were asked for, the oldest one:
            // its time to answer ran out.
            if (_inHand.TryGetValue(message.Id, out var overtaken) || TryGetOneTooMany(out overtaken))
            {
                Lose(overtaken, "the server has ended this delivery, since no answer came in time");
            }

            _trailing.Remove(message.Id);
            _inHand.Add(message.Id, delivery);
        }

        queue.Add(delivery);
    }

    /// <summary>A chunk. Called by the connection's reader, which waits while its message's buffer is full.</summary>
    public async ValueTask TakeAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (!ChunkFrame.TryRead(frame, out var header, out var payload, out var error))
        {
            throw new ServerViolationException($"the server broke the protocol: {error!.Message}");
        }

        if (Find(header) is not { } delivery)
        {
            return;
        }

        var written = delivery.WriteAsync(header, payload, cancellationToken);
        if (written.IsCompleted)
        {
            await written.ConfigureAwait(false);
        }
        else
        {
            await WaitForReaderAsync(delivery, written.AsTask(), cancellationToken).ConfigureAwait(false);
        }

        if (delivery.SawLast)
        {
            connection.NoteServed();
        }
    }

    /// <summary>The server says that something is wrong with a message. Called by the connection's reader.</summary>
    public void OnError(MessageId id, ProtocolError error)
    {
        lock (_gate)
        {
            if (_inHand.TryGetValue(id, out var delivery))
            {
                Lose(delivery, error.Message);
            }
        }
    }

    /// <summary>The connection is gone. Its reader's last call.</summary>
    public void End(string reason)
    {
        lock (_gate)
        {
            while (_inHand.Count > 0)
            {
                Lose(_inHand.GetAt(0).Value, reason);
            }
        }
    }

    /// <summary>Lets go of the connection's reader, should it wait for room in a buffer: nobody takes anything any more.</summary>
    public void StopWaiting()
    {
        lock (_gate)
        {
            foreach (var delivery in _inHand.Values)
            {
                delivery.StopWaiting();
            }
        }
    }

    /// <summary>Sends the answer to a delivery, if it is in hand still.</summary>
    /// <returns>Whether it was.</returns>
    /// <exception cref="ConnectionLostException">The answer did not get through.</exception>
    public async Task<bool> AnswerAsync(Delivery delivery, DeliveryState state, ClientMessage answer)
    {
        lock (_gate)
        {
            if (!delivery.TryAnswer(state))
            {
                return false;
            }

            Forget(delivery);
        }

        await connection.SendAsync(answer).ConfigureAwait(false);
        return true;
    }

    private Delivery? Find(in ChunkHeader header)
    {
        lock (_gate)
        {
            if (_inHand.TryGetValue(header.Id, out var delivery))
            {
                return delivery;
            }

            if (header.IsLast ? _trailing.Remove(header.Id) : _trailing.Contains(header.Id))
            {
                return null;
            }
        }

        throw new ServerViolationException($"the server broke the protocol: a chunk of message {header.Id}, which it did not begin here");
    }

    private async Task WaitForReaderAsync(Delivery delivery, Task written, CancellationToken cancellationToken)
    {
        while (true)
        {
            var taken = delivery.Taken;
            try
            {
                await written.WaitAsync(options.StallTimeout, clock, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException)
            {
                if (delivery.Taken > taken || !IsAnyoneHeldUpBy(delivery))
                {
                    continue;
                }
            }

            delivery.StopWaiting();
            await written.ConfigureAwait(false);
            await GiveBackAsync(delivery).ConfigureAwait(false);
            return;
        }
    }

    private bool IsAnyoneHeldUpBy(Delivery delivery)
    {
        lock (_gate)
        {
            return (queue.IsAwaited && _inHand.Count < options.InFlight)
                || _inHand.Values.Any(other => other != delivery && other.IsReaderWaiting);
        }
    }

    private async Task GiveBackAsync(Delivery delivery)
    {
        lock (_gate)
        {
            if (delivery.State != DeliveryState.InHand)
            {
                return;
            }

            Lose(delivery, $"nobody read it for {options.StallTimeout.TotalSeconds:0.#} s while others waited behind it, so it was given back");
        }

        try
        {
            await connection.SendAsync(new RetryMessage { Id = delivery.Message.Id }).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            // Then the server knows already.
        }
    }

    // The rest under the gate, so that a delivery is in hand exactly while it is listed as that.

    private bool TryGetOneTooMany([NotNullWhen(true)] out Delivery? oldest)
    {
        oldest = _inHand.Count >= options.InFlight ? _inHand.GetAt(0).Value : null;
        return oldest is not null;
    }

    private void Lose(Delivery delivery, string reason)
    {
        Forget(delivery);
        delivery.Lose(reason);
        if (queue.Remove(delivery))
        {
            delivery.StopReading();
        }
    }

    private void Forget(Delivery delivery)
    {
        _inHand.Remove(delivery.Message.Id);
        if (!delivery.SawLast)
        {
            _trailing.Add(delivery.Message.Id);
        }
    }
}
