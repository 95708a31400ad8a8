using Reassembly.Client.Connections;
using Reassembly.Client.Errors;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Receiving;

/// <summary>
/// A message in hand. It is this receiver's until it is completed, given back or lost; disposing one that is neither completed nor
/// given back gives it back. A message may come more than once: <see cref="Id"/> is the key to recognise a repeat by. For one task
/// at a time.
/// </summary>
public sealed class ReceivedMessage : IAsyncDisposable
{
    private readonly Delivery _delivery;
    private readonly PayloadMessage _message;
    private readonly VerifiedBody _raw;

    internal ReceivedMessage(Delivery delivery, SubscribeOptions options)
    {
        _delivery = delivery;
        _message = delivery.Message;
        _raw = new VerifiedBody(delivery);
        Body = options.Decompress ? DecompressedBody.Over(_raw, _message, options.MaxDecompressedBytes) : _raw;
    }

    /// <summary>The id that its sender chose; the same in every delivery.</summary>
    public MessageId Id => _message.Id;

    public string Channel => _message.Channel;

    /// <summary>Bytes of the payload as it was sent, so before any decompression.</summary>
    public long Size => _message.Size;

    /// <summary>SHA-256 of those bytes, 64 lower-case hex digits.</summary>
    public string Sha256 => _message.Sha256;

    /// <summary>Media type, where its sender gave one.</summary>
    public string? ContentType => _message.ContentType;

    /// <summary>How it was compressed before it was sent: <c>gzip</c>, <c>br</c>, or null when it was not.</summary>
    public string? ContentEncoding => _message.ContentEncoding == ContentEncodings.Identity ? null : _message.ContentEncoding;

    /// <summary>What its sender said besides.</summary>
    public IReadOnlyDictionary<string, string> Headers => _message.Headers ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

    /// <summary>1 for the first delivery, then 2, …</summary>
    public long Attempt => _message.Attempt;

    /// <summary>
    /// The payload: read asynchronously, once, from its beginning, while it arrives. What was read counts only once the end was
    /// reached, since the digest comes last. Belongs to the message; disposing it alone answers nothing.
    /// <para>Reads throw <see cref="MessageLostException"/> when the message is no longer in hand, <see cref="PayloadMismatchException"/>
    /// at the end of other bytes than were announced, <see cref="DecompressedTooBigException"/> beyond the cap and
    /// <see cref="InvalidDataException"/> for what says that it is compressed and is not.</para>
    /// </summary>
    public Stream Body { get; }

    /// <summary>
    /// Tells the server that this receiver has the message: it is delivered. Reads and verifies first what was not read, so that
    /// nothing is completed that did not arrive as it was sent. Again, it does nothing.
    /// </summary>
    /// <param name="cancellationToken">Ends the reading; the message stays in hand.</param>
    /// <exception cref="MessageLostException">It is no longer in hand, or the answer may not have reached the server.</exception>
    /// <exception cref="PayloadMismatchException">Other bytes than were announced.</exception>
    /// <exception cref="InvalidOperationException">It was given back.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        switch (_delivery.State)
        {
            case DeliveryState.Completed:
                return;
            case DeliveryState.GivenBack:
                throw new InvalidOperationException($"message {Id} was given back");
        }

        await _raw.DrainAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!await _delivery.Link.AnswerAsync(_delivery, DeliveryState.Completed, new DeliveredMessage { Id = Id }).ConfigureAwait(false))
            {
                _delivery.ThrowIfLost();
            }
        }
        catch (ConnectionLostException exception)
        {
            throw _delivery.LoseAnswer(exception.Message, exception);
        }
    }

    /// <summary>Gives the message back: it will be delivered again, here or elsewhere. Does nothing for one that is lost or given back already.</summary>
    /// <param name="after">How long the server waits at least; whole milliseconds, rounded up. Null leaves it to the server.</param>
    /// <param name="cancellationToken">Ends the waiting, not the giving back.</param>
    /// <exception cref="InvalidOperationException">It was completed.</exception>
    public async Task RetryAsync(TimeSpan? after = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(after ?? TimeSpan.Zero, TimeSpan.Zero, nameof(after));
        if (_delivery.State == DeliveryState.Completed)
        {
            throw new InvalidOperationException($"message {Id} was completed");
        }

        await GiveBackAsync(after).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets go of the message and its buffers, and gives it back if it is still in hand. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        await GiveBackAsync(null).ConfigureAwait(false);
        _raw.Abandon();
        await Body.DisposeAsync().ConfigureAwait(false);
    }

    private async Task GiveBackAsync(TimeSpan? after)
    {
        var milliseconds = after is { } wait ? (long?)Math.Ceiling(wait.TotalMilliseconds) : null;
        try
        {
            var answered = _delivery.Link.AnswerAsync(_delivery, DeliveryState.GivenBack, new RetryMessage { Id = Id, AfterMs = milliseconds });

            // Before the write has ended: the reader may wait for room in this buffer, and the server for that reader.
            if (_delivery.State == DeliveryState.GivenBack)
            {
                _raw.Abandon();
            }

            await answered.ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            // Then it is lost, which also brings it back.
        }
    }
}
