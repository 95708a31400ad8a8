using Reassembly.Client.Connections;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Sending;

/// <summary>
/// What readers have for one transfer, until its own loop takes it: so the transfer has one owner and needs no lock. Bounded: an
/// ack replaces the one before it of the same connection, which it outdates, and errors beyond some say nothing new.
/// </summary>
internal sealed class TransferInbox : IDisposable
{
    private const int MaxItems = 32;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private List<(ClientConnection Connection, ServerMessage Message)> _items = [];
    private List<(ClientConnection Connection, ServerMessage Message)> _taken = [];
    private bool _disposed;

    public void Post(ClientConnection connection, ServerMessage message)
    {
        lock (_gate)
        {
            if (message is AckMessage && _items.Count > 0 && _items[^1] is { Message: AckMessage } last && last.Connection == connection)
            {
                _items[^1] = (connection, message);
            }
            else if (_items.Count < MaxItems || message is not ErrorMessage)
            {
                _items.Add((connection, message));
            }
        }

        Wake();
    }

    /// <summary>Everything posted since; valid until the next call.</summary>
    public IReadOnlyList<(ClientConnection Connection, ServerMessage Message)> Take()
    {
        lock (_gate)
        {
            (_items, _taken) = (_taken, _items);
            _items.Clear();
            return _taken;
        }
    }

    /// <summary>Ends the current wait, or the next one if there is none: something may have changed.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (!_disposed && _wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _wake.WaitAsync(cancellationToken);

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _wake.Dispose();
        }
    }
}
