package io.reassembly.client.errors;

import java.io.IOException;

/** What every failure of this client is, misuse aside. */
public class ReassemblyException extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient ServerError error;

    public ReassemblyException(String message) {
        this(message, null, null);
    }

    public ReassemblyException(String message, ServerError error, Throwable cause) {
        super(message, cause);
        this.error = error;
    }

    /** What the server said; null where it said nothing. */
    public ServerError error() {
        return error;
    }
}
