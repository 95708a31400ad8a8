package io.reassembly.client.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/** Joins the parts in which a library hands on a message, up to a size. For one link; one part at a time. */
public final class MessageJoiner {
    /** An ack with 64 ranges, say, must fit even where frames are small. */
    private static final int MIN_TEXT_CHARS = 8192;

    private final LinkListener listener;
    private final int maxBytes;
    private final StringBuilder text = new StringBuilder();
    private ByteBuffer binary;

    /** @param maxBytes of one message; the buffer is made when a message first comes in parts */
    public MessageJoiner(LinkListener listener, int maxBytes) {
        this.listener = listener;
        this.maxBytes = maxBytes;
    }

    /** @throws TooBigException the message is larger than was asked for; end the link */
    public CompletionStage<?> onText(CharSequence part, boolean last) throws TooBigException {
        if (text.length() + part.length() > Math.max(maxBytes, MIN_TEXT_CHARS)) {
            throw new TooBigException(maxBytes);
        }

        text.append(part);
        if (!last) {
            return null;
        }

        String whole = text.toString();
        text.setLength(0);
        return listener.onText(whole);
    }

    /**
     * @param part read to its end; the caller's again when the method returns
     * @throws TooBigException the message is larger than was asked for; end the link
     */
    public CompletionStage<?> onBinary(ByteBuffer part, boolean last) throws TooBigException {
        int before = binary == null ? 0 : binary.position();
        if (before + part.remaining() > maxBytes) {
            throw new TooBigException(maxBytes);
        }

        if (last && before == 0) {
            return listener.onBinary(part);
        }

        binary = binary == null ? ByteBuffer.allocate(maxBytes) : binary;
        binary.put(part);
        if (!last) {
            return null;
        }

        binary.flip();
        CompletionStage<?> taken = listener.onBinary(binary.slice());
        binary.clear();
        return taken;
    }

    /** A message is larger than was asked for. */
    public static final class TooBigException extends Exception {
        private static final long serialVersionUID = 1L;

        TooBigException(int maxBytes) {
            super("the server sent more than the " + maxBytes + " bytes that this client takes in one message");
        }
    }
}
