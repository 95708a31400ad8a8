using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>Turns what a server says into the exception that a caller can catch.</summary>
internal static class OutcomeExceptions
{
    public static ReassemblyException From(OutcomeMessage outcome)
    {
        var error = outcome.Error is { } detail
            ? new ProtocolError(detail.Code, ErrorScope.Message, detail.Message) { Id = outcome.Id, Limit = detail.Limit }
            : null;
        return outcome.State switch
        {
            OutcomeState.Expired => new MessageExpiredException(outcome.Id, Sentence(outcome.Id, "expired", error), error),
            OutcomeState.Aborted => new MessageAbortedException(outcome.Id, Sentence(outcome.Id, "was aborted", error), error),
            _ => new MessageRejectedException(outcome.Id, Sentence(outcome.Id, "was rejected", error), error),
        };
    }

    public static ReassemblyException From(MessageId id, ProtocolError error) => error.Code switch
    {
        ErrorCode.Expired => new MessageExpiredException(id, Sentence(id, "expired", error), error),
        ErrorCode.UnknownMessage => new UnknownMessageException(id, $"message {id} is not known at the server", error),
        _ => new MessageRejectedException(id, Sentence(id, "was refused", error), error),
    };

    private static string Sentence(MessageId id, string what, ProtocolError? error)
        => error is null ? $"message {id} {what}" : $"message {id} {what}: {error.Message}";
}
