package io.reassembly.client.errors;

import java.util.UUID;

/**
 * The server has ended the message otherwise than committed: {@link #state()} says how and {@link #error()} why. Sending the same again
 * under the same id gets the same answer.
 */
public final class MessageRejectedException extends ReassemblyException {
    private static final long serialVersionUID = 1L;
    private final String state;

    public MessageRejectedException(UUID id, String state, ServerError error) {
        super("message " + id + " was " + state + (error == null ? "" : ": " + error.message()), error, null);
        this.state = state;
    }

    /** The server refused it without an outcome. */
    public static MessageRejectedException refused(UUID id, ServerError error) {
        return new MessageRejectedException(id, error.code() == ErrorCode.EXPIRED ? "expired" : "rejected", error);
    }

    /** {@code rejected}, {@code expired} or {@code aborted}. */
    public String state() {
        return state;
    }
}
