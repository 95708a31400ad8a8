package io.reassembly.client.errors;

/**
 * A payload decompresses to more than was allowed. Receiving it again ends the same way: allow more, take it as it was sent, or
 * complete it to be rid of it.
 */
public final class DecompressedTooBigException extends ReassemblyException {
    private static final long serialVersionUID = 1L;

    public DecompressedTooBigException(String message) {
        super(message);
    }
}
