package io.reassembly.client.internal.sending;

/** Where the transfer stands with the current connection. */
enum Phase {
    /** No connection yet. */
    DETACHED,
    /** The server does not know the message: {@code open} comes first. */
    MUST_OPEN,
    /** The server may know the message: {@code status} comes first. */
    MUST_ASK,
    /** Waiting for the answer to {@code status}; nothing is sent meanwhile. */
    ASKED,
    /** The server said "later": waiting, then {@code status}. */
    BACKOFF,
    /** Sending. */
    FLOWING,
}
