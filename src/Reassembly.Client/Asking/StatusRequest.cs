using Reassembly.Client.Connections;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Asking;

/// <summary>One question about a message, waiting for the first thing that a server says about it.</summary>
internal sealed class StatusRequest(MessageId id)
{
    private readonly TaskCompletionSource<ServerMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MessageId Id => id;

    public Task<ServerMessage> Answer => _answer.Task;

    /// <summary>The connection it was asked over; an error without an id counts only from there.</summary>
    public ClientConnection? Connection { get; set; }

    public void TryAnswer(ServerMessage message) => _answer.TrySetResult(message);
}
