using Reassembly.Client.Connections;
using Reassembly.Client.Errors;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Asking;

/// <summary>Asks about messages that this client is not sending: <c>status</c> and <c>abort</c>, over whatever connection there is.</summary>
internal sealed class Questions(ReassemblyClientOptions options, ConnectionKeeper keeper, MessageDispatcher dispatcher)
{
    public async Task<MessageStatus> AskAsync(MessageId id, ClientMessage question, CancellationToken cancellationToken)
    {
        var request = new StatusRequest(id);
        dispatcher.Add(request);
        try
        {
            return Read(id, await AnswerAsync(request, question, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            dispatcher.Remove(request);
        }
    }

    private static MessageStatus Read(MessageId id, ServerMessage answer) => answer switch
    {
        AckMessage ack => MessageStatus.From(ack),
        OutcomeMessage outcome => MessageStatus.From(outcome),
        ErrorMessage error => throw OutcomeExceptions.From(id, error.ToError()),
        _ => throw new ReassemblyException($"the server answered a question about {id} with {answer.Type}"),
    };

    private async Task<ServerMessage> AnswerAsync(StatusRequest request, ClientMessage question, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.GiveUpAfter, options.TimeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            while (true)
            {
                var connection = await keeper.GetAsync(linked.Token).ConfigureAwait(false);
                request.Connection = connection;
                try
                {
                    await connection.SendAsync(question).ConfigureAwait(false);
                    await Task.WhenAny(request.Answer, connection.Ended).WaitAsync(linked.Token).ConfigureAwait(false);
                }
                catch (ConnectionLostException)
                {
                    // Asked again over the next one.
                }

                if (request.Answer.IsCompleted)
                {
                    return await request.Answer.ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NoProgressException(request.Id, $"no answer about message {request.Id} within {options.GiveUpAfter.TotalSeconds:0.#} s", innerException: keeper.LastFailure);
        }
    }
}
