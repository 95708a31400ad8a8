package io.reassembly.client.internal.control;

import java.util.Locale;

/** How a message ended. */
public enum EndState {
    COMMITTED,
    REJECTED,
    EXPIRED,
    ABORTED;

    /** As on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
