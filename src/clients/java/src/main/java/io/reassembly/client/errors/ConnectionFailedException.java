package io.reassembly.client.errors;

/** No endpoint could be reached, or none would talk to this client, for as long as the give-up time. */
public final class ConnectionFailedException extends ReassemblyException {
    private static final long serialVersionUID = 1L;
    private final boolean isFinal;

    public ConnectionFailedException(String message, boolean isFinal, ServerError error, Throwable cause) {
        super(message, error, cause);
        this.isFinal = isFinal;
    }

    /** Whether trying again is pointless: the endpoint answered, and the answer was no. */
    public boolean isFinal() {
        return isFinal;
    }
}
