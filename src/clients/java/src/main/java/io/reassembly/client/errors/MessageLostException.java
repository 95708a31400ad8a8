package io.reassembly.client.errors;

/**
 * A message in hand is this receiver's no longer: its connection was lost, or the server ended the delivery. It will be delivered
 * again, here or elsewhere, under the same id. Let go of it and go on receiving.
 */
public final class MessageLostException extends ReassemblyException {
    private static final long serialVersionUID = 1L;

    public MessageLostException(String message) {
        super(message);
    }
}
