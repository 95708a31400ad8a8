package io.reassembly.client;

import io.reassembly.client.internal.control.ServerMessage;
import io.reassembly.client.internal.receiving.DecompressedBody;
import io.reassembly.client.internal.receiving.Delivery;
import io.reassembly.client.internal.receiving.VerifiedBody;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/**
 * A message in hand. It is this receiver's until it is completed, given back or lost; closing one that is neither completed nor given
 * back gives it back. A message may come more than once: {@link #id()} is the key to recognise a repeat by. For one thread at a time.
 */
public final class ReceivedMessage implements AutoCloseable {
    private final Delivery delivery;
    private final ServerMessage.Payload message;
    private final VerifiedBody raw;
    private final InputStream body;

    ReceivedMessage(Delivery delivery, SubscribeOptions options) {
        this.delivery = delivery;
        message = delivery.message();
        raw = new VerifiedBody(delivery);
        String encoding = contentEncoding();
        body = encoding == null || !options.decompress()
            ? raw
            : new DecompressedBody(message.id(), raw, encoding, options.encodings().get(encoding), options.maxDecompressedBytes());
    }

    /** The id that its sender chose; the same in every delivery. */
    public UUID id() {
        return message.id();
    }

    public String channel() {
        return message.channel();
    }

    /** Bytes of the payload as it was sent, so before any decompression. */
    public long size() {
        return message.size();
    }

    /** SHA-256 of those bytes, 64 lower-case hex digits. */
    public String sha256() {
        return message.sha256();
    }

    /** Media type; null where its sender gave none. */
    public String contentType() {
        return message.contentType();
    }

    /** How it was compressed before it was sent: {@code gzip}, {@code br}, or null when it was not. */
    public String contentEncoding() {
        return "identity".equals(message.contentEncoding()) ? null : message.contentEncoding();
    }

    /** What its sender said besides. */
    public Map<String, String> headers() {
        return message.headers() == null ? Map.of() : Map.copyOf(message.headers());
    }

    /** 1 for the first delivery, then 2, … */
    public long attempt() {
        return message.attempt();
    }

    /**
     * The payload: read once, from its beginning, while it arrives. What was read counts only once the end was reached, since the digest
     * comes last. Belongs to the message; closing it alone answers nothing. Reads throw
     * {@link io.reassembly.client.errors.MessageLostException} when the message is no longer in hand,
     * {@link io.reassembly.client.errors.PayloadMismatchException} at the end of other bytes than were announced, and
     * {@link io.reassembly.client.errors.DecompressedTooBigException} beyond the cap.
     */
    public InputStream body() {
        return body;
    }

    /**
     * Tells the server that this receiver has the message: it is delivered. Reads and verifies first what was not read, so that nothing
     * is completed that did not arrive as it was sent. Again, it does nothing.
     *
     * @throws io.reassembly.client.errors.MessageLostException it is no longer in hand, or the answer may not have reached the server
     * @throws io.reassembly.client.errors.PayloadMismatchException other bytes than were announced
     */
    public void complete() throws IOException {
        if (delivery.state() == Delivery.State.COMPLETED) {
            return;
        }

        if (delivery.state() == Delivery.State.GIVEN_BACK) {
            throw new IllegalStateException("message " + id() + " was given back");
        }

        raw.drain();
        if (!delivery.complete()) {
            delivery.requireInHand();
        }
    }

    /**
     * Gives the message back: it will be delivered again, here or elsewhere. Does nothing for one that is lost or given back already.
     *
     * @param after how long the server waits at least; null leaves it to the server
     */
    public void retry(Duration after) throws IOException {
        if (delivery.state() == Delivery.State.COMPLETED) {
            throw new IllegalStateException("message " + id() + " was completed");
        }

        delivery.giveBack(after == null ? null : after.toMillis());
    }

    /** Lets go of the message and its buffers, and gives it back if it is still in hand. Never throws. */
    @Override
    public void close() {
        try (body) {
            delivery.giveBack(null);
        } catch (IOException exception) {
            // Then it is lost, which also brings it back.
        }

        delivery.abandon();
    }
}
