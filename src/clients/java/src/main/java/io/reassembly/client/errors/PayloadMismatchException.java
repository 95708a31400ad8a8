package io.reassembly.client.errors;

/**
 * The bytes at the server are not the bytes of this payload, or those that arrived are not those announced: another size or digest.
 */
public final class PayloadMismatchException extends ReassemblyException {
    private static final long serialVersionUID = 1L;

    public PayloadMismatchException(String message) {
        super(message);
    }
}
