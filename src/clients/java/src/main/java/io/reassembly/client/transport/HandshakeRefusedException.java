package io.reassembly.client.transport;

import java.io.IOException;

/** The upgrade was answered with another status than 101. */
public final class HandshakeRefusedException extends IOException {
    private static final long serialVersionUID = 1L;
    private final int status;

    public HandshakeRefusedException(int status, Throwable cause) {
        super("the upgrade was answered with HTTP status " + status, cause);
        this.status = status;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }
}
