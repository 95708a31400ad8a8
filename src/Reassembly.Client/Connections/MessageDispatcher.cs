using Reassembly.Client.Asking;
using Reassembly.Client.Sending;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Connections;

/// <summary>Hands what connections read to whom it concerns: the transfer of that id, and whoever asked about it.</summary>
internal sealed class MessageDispatcher : IConnectionListener
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MessageId, TransferInbox> _transfers = [];
    private readonly List<StatusRequest> _requests = [];

    /// <exception cref="InvalidOperationException">This client is sending that id already.</exception>
    public void Add(MessageId id, TransferInbox inbox)
    {
        lock (_gate)
        {
            if (!_transfers.TryAdd(id, inbox))
            {
                throw new InvalidOperationException($"this client is sending message {id} already");
            }
        }
    }

    public void Remove(MessageId id)
    {
        lock (_gate)
        {
            _transfers.Remove(id);
        }
    }

    public void Add(StatusRequest request)
    {
        lock (_gate)
        {
            _requests.Add(request);
        }
    }

    public void Remove(StatusRequest request)
    {
        lock (_gate)
        {
            _requests.Remove(request);
        }
    }

    /// <summary>Lets every transfer look around: the connection has changed.</summary>
    public void WakeAll()
    {
        lock (_gate)
        {
            foreach (var inbox in _transfers.Values)
            {
                inbox.Wake();
            }
        }
    }

    public void OnMessage(ClientConnection connection, ServerMessage message)
    {
        var id = message switch
        {
            AckMessage ack => ack.Id,
            OutcomeMessage outcome => outcome.Id,
            ErrorMessage error => error.Id,
            _ => null,
        };
        lock (_gate)
        {
            if (id is { } known)
            {
                OnMessageAbout(known, connection, message);
            }
            else if (message is ErrorMessage)
            {
                OnErrorAboutAnything(connection, message);
            }
        }
    }

    /// <summary>Nothing was subscribed here, so nothing is expected; a newer server's frames are for newer clients.</summary>
    public ValueTask OnFrameAsync(ClientConnection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) => default;

    public void OnEnded(ClientConnection connection)
    {
        // The keeper sees to it, and wakes all.
    }

    private void OnMessageAbout(MessageId id, ClientConnection connection, ServerMessage message)
    {
        if (_transfers.TryGetValue(id, out var inbox))
        {
            inbox.Post(connection, message);
        }

        foreach (var request in _requests)
        {
            if (request.Id == id)
            {
                request.TryAnswer(message);
            }
        }
    }

    // The server could not tell whose frame it was, so each transfer has to find out whether it was its own.
    private void OnErrorAboutAnything(ClientConnection connection, ServerMessage message)
    {
        foreach (var inbox in _transfers.Values)
        {
            inbox.Post(connection, message);
        }
    }
}
