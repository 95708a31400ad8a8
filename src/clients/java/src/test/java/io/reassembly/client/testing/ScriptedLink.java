package io.reassembly.client.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reassembly.client.internal.frames.ChunkFrame;
import io.reassembly.client.internal.frames.ChunkHeader;
import io.reassembly.client.internal.frames.MalformedFrameException;
import io.reassembly.client.transport.Link;
import io.reassembly.client.transport.LinkListener;
import io.reassembly.client.transport.LinkRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** One connection of a {@link ScriptedTransport}, seen from the server. Texts are JSON with ' for ". */
public final class ScriptedLink implements Link {
    private static final long PATIENCE_SECONDS = 60;

    private final String subprotocol;
    private final LinkRequest request;
    private final LinkListener listener;
    private final BlockingQueue<Object> sent = new LinkedBlockingQueue<>();
    private final AtomicBoolean isSending = new AtomicBoolean();
    private volatile CompletableFuture<Void> held = CompletableFuture.completedFuture(null);
    private final CountDownLatch aborted = new CountDownLatch(1);
    private volatile boolean holdsSends;

    ScriptedLink(String subprotocol, LinkRequest request, LinkListener listener, boolean holdsSends) {
        this.subprotocol = subprotocol;
        this.request = request;
        this.listener = listener;
        this.holdsSends = holdsSends;
    }

    public LinkRequest request() {
        return request;
    }

    public boolean isAborted() {
        return aborted.getCount() == 0;
    }

    public boolean awaitAbort() throws InterruptedException {
        return aborted.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Says something; the stage ends when the client has taken it. */
    public CompletionStage<?> say(String text) {
        return listener.onText(text.replace('\'', '"'));
    }

    public CompletionStage<?> chunk(UUID id, long offset, long size, byte[] payload, boolean last) {
        byte[] frame = new byte[ChunkHeader.BYTES + payload.length];
        System.arraycopy(payload, 0, frame, ChunkHeader.BYTES, payload.length);
        ChunkFrame.writeHeader(frame, new ChunkHeader(0, id, offset, size, payload.length, last));
        return listener.onBinary(ByteBuffer.wrap(frame));
    }

    public void end(int code, String reason) {
        listener.onEnd(code, reason);
    }

    /** From now on a send ends when the test says so. */
    public void holdSends() {
        holdsSends = true;
    }

    /** Lets the send under way come to its end. */
    public void release() {
        CompletableFuture<Void> current = held;
        isSending.set(false);
        current.complete(null);
    }

    /** The next control message, which must be of that type. */
    public JsonNode expect(String type) throws Exception {
        Object next = next();
        if (!(next instanceof String text)) {
            throw new AssertionError("expected " + type + ", got a chunk");
        }

        JsonNode message = new ObjectMapper().readTree(text);
        if (!type.equals(message.get("type").asText())) {
            throw new AssertionError("expected " + type + ", got " + text);
        }

        return message;
    }

    /** The next message, which must be a chunk. */
    public ChunkFrame expectChunk() throws InterruptedException, MalformedFrameException {
        Object next = next();
        if (next instanceof byte[] frame) {
            return ChunkFrame.read(ByteBuffer.wrap(frame));
        }

        throw new AssertionError("expected a chunk, got " + next);
    }

    /** Whether nothing more was sent for that time. */
    public boolean isQuietFor(long millis) throws InterruptedException {
        Object next = sent.poll(millis, TimeUnit.MILLISECONDS);
        if (next != null) {
            sent.add(next);
        }

        return next == null;
    }

    @Override
    public String subprotocol() {
        return subprotocol;
    }

    @Override
    public CompletableFuture<?> sendText(String text) {
        return take(text);
    }

    @Override
    public CompletableFuture<?> sendBinary(ByteBuffer frame) {
        byte[] copy = new byte[frame.remaining()];
        frame.get(copy);
        return take(copy);
    }

    @Override
    public CompletableFuture<?> sendClose(int code, String reason) {
        return take("{\"type\":\"close\",\"code\":" + code + "}");
    }

    @Override
    public void abort() {
        aborted.countDown();
    }

    /** The next message: a String, or the bytes of a chunk. */
    public Object next() throws InterruptedException {
        Object next = sent.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("the client sent nothing");
        }

        return next;
    }

    private CompletableFuture<?> take(Object message) {
        if (isAborted()) {
            return CompletableFuture.failedFuture(new IOException("aborted"));
        }

        if (!isSending.compareAndSet(false, true)) {
            throw new IllegalStateException("a send while another one is under way");
        }

        if (holdsSends) {
            held = new CompletableFuture<>();
            sent.add(message);
            return held;
        }

        isSending.set(false);
        sent.add(message);
        return CompletableFuture.completedFuture(null);
    }
}
