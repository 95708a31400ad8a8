package io.reassembly.client.errors;

/**
 * The server was reached, but no byte became durable for as long as the give-up time; {@link #error()} is the last thing it said.
 */
public final class NoProgressException extends ReassemblyException {
    private static final long serialVersionUID = 1L;

    public NoProgressException(String message, ServerError error) {
        super(message, error, null);
    }
}
