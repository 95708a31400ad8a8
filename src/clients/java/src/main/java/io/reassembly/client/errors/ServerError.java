package io.reassembly.client.errors;

import java.util.UUID;

/**
 * What the server says is wrong, and what to do about it.
 *
 * @param code which error
 * @param scope what it concerns
 * @param id the message concerned; null where not known
 * @param retryable whether sending the same again may succeed
 * @param retryAfterMs milliseconds to wait before that; 0 where not said
 * @param limit the limit that was passed; null where there is none
 * @param message one sentence that a person can act on
 */
public record ServerError(
    ErrorCode code, Scope scope, UUID id, boolean retryable, long retryAfterMs, LimitDetail limit, String message) {

    /** What an error concerns. */
    public enum Scope {
        /** One WebSocket message. */
        FRAME,
        /** One message id. */
        MESSAGE,
        /** The connection, which ends. */
        CONNECTION,
    }

    /** Whether to wait and send again. */
    public boolean isWorthRepeating() {
        return retryable || code.isPassing();
    }

    /** The same error, as one that is worth repeating. */
    public ServerError asRetryable() {
        return new ServerError(code, scope, id, true, retryAfterMs, limit, message);
    }
}
