using Reassembly.Client.Connections;
using Reassembly.Client.Sources;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Sending;

/// <summary>Tells a caller's <see cref="IProgress{T}"/> what happens, each thing once.</summary>
internal sealed class SendReporter(IProgress<SendProgress>? progress, bool resumesFromElsewhere)
{
    private bool _resumes = resumesFromElsewhere;
    private bool _reconnected;
    private string? _lastDetail;
    private long? _size;

    public void OnBytes(Transfer transfer, IPayloadSource source)
    {
        if (progress is not null)
        {
            _size ??= source.View.Size;
            progress.Report(new SendProgress(SendProgressKind.Bytes, transfer.Durable, transfer.SentUpTo, _size, null));
        }
    }

    public void OnAttached(int reconnects)
    {
        _reconnected = reconnects > 0;
        _resumes |= _reconnected;
    }

    /// <summary>The first ack after a new connection says where the send goes on.</summary>
    public void OnAck(Transfer transfer, ClientConnection connection)
    {
        if (!_resumes)
        {
            return;
        }

        _resumes = false;
        _lastDetail = null;
        if (transfer.Durable > 0 || transfer.BytesSent > 0)
        {
            Tell(SendProgressKind.Resumed, transfer, $"going on at byte {transfer.Durable} over {connection.Endpoint}");
        }
    }

    public void OnDisconnected(string? reason, Transfer transfer, long? size)
    {
        _size ??= size;
        Tell(SendProgressKind.Disconnected, transfer, $"connection lost, trying again: {reason ?? "no connection"}");
    }

    public void OnError(ProtocolError error, Transfer transfer)
    {
        if (error.Code == ErrorCode.UnknownMessage)
        {
            // Nobody began it before: there is nothing to go on with.
            _resumes &= _reconnected;
        }
        else if (error.Retryable)
        {
            Tell(SendProgressKind.Retrying, transfer, error.Message);
        }
    }

    private void Tell(SendProgressKind kind, Transfer transfer, string detail)
    {
        if (detail != _lastDetail)
        {
            _lastDetail = detail;
            progress?.Report(new SendProgress(kind, transfer.Durable, transfer.SentUpTo, _size, detail));
        }
    }
}
