package io.reassembly.client.internal.receiving;

import io.reassembly.client.errors.MessageLostException;
import io.reassembly.client.internal.control.ServerMessage;
import io.reassembly.client.internal.frames.ChunkFrame;
import io.reassembly.client.internal.frames.ChunkHeader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * One delivery of one message over one connection. The transport's thread puts chunks into a buffer of bounded size and is told to wait
 * while it is full; the body's thread takes them out.
 */
public final class Delivery {
    /** Who has the delivery now. Every state but the first is an end. */
    public enum State {
        /** This receiver; the server waits for its answer. */
        IN_HAND,
        /** It was answered with {@code delivered}. */
        COMPLETED,
        /** It was answered with {@code retry}. */
        GIVEN_BACK,
        /** The server, again: the answer can reach it no more. */
        LOST,
    }

    private final SubscriptionLink link;
    private final ServerMessage.Payload message;
    private final int capacityBytes;
    private final Deque<byte[]> chunks = new ArrayDeque<>();
    private State state = State.IN_HAND;
    private String lossReason;
    private long next;
    private boolean sawLast;
    private boolean isAbandoned;
    private boolean isReaderWaiting;
    private int headAt;
    private long bufferedBytes;
    private long takenBytes;
    private CompletableFuture<Void> room;

    Delivery(SubscriptionLink link, ServerMessage.Payload message, int capacityBytes) {
        this.link = link;
        this.message = message;
        this.capacityBytes = capacityBytes;
    }

    public ServerMessage.Payload message() {
        return message;
    }

    public synchronized State state() {
        return state;
    }

    /** The bytes that have come, at least one; waits for them. Only while the message has bytes left. */
    public int read(byte[] into, int at, int length) throws IOException {
        int count;
        CompletableFuture<Void> freed = null;
        synchronized (this) {
            awaitBytes();
            byte[] head = chunks.peek();
            count = Math.min(length, head.length - headAt);
            System.arraycopy(head, headAt, into, at, count);
            headAt += count;
            bufferedBytes -= count;
            takenBytes += count;
            if (headAt == head.length) {
                chunks.poll();
                headAt = 0;
            }

            if (bufferedBytes <= capacityBytes / 2) {
                freed = room;
                room = null;
            }
        }

        free(freed);
        return count;
    }

    public synchronized int available() {
        return (int) Math.min(Integer.MAX_VALUE, bufferedBytes);
    }

    /** Nobody reads on: what has come and what still comes is thrown away. */
    public void abandon() {
        CompletableFuture<Void> freed;
        synchronized (this) {
            isAbandoned = true;
            chunks.clear();
            bufferedBytes = 0;
            freed = room;
            room = null;
        }

        free(freed);
    }

    /** Answers with {@code delivered}. Says whether the message was in hand until now. */
    public boolean complete() throws IOException {
        return link.answer(this, State.COMPLETED, null);
    }

    /** Answers with {@code retry}. Says whether the message was in hand until now. */
    public boolean giveBack(Long afterMs) throws IOException {
        return link.answer(this, State.GIVEN_BACK, afterMs);
    }

    public synchronized void requireInHand() throws MessageLostException {
        if (state == State.LOST) {
            throw new MessageLostException("message " + message.id() + " is lost here and will be delivered again: " + lossReason);
        }
    }

    /** Takes a chunk, which must be the next one; the stage ends when there is room for another. */
    CompletionStage<?> write(ChunkFrame frame) throws ServerViolationException {
        synchronized (this) {
            check(frame.header());
            next = frame.header().end();
            sawLast |= frame.header().last();
            int length = frame.payload().remaining();
            if (isAbandoned || state == State.LOST || length == 0) {
                return null;
            }

            byte[] bytes = new byte[length];
            frame.payload().get(bytes);
            chunks.add(bytes);
            bufferedBytes += length;
            notifyAll();
            if (bufferedBytes < capacityBytes || next == message.size()) {
                return null;
            }

            room = new CompletableFuture<>();
            return room;
        }
    }

    /** Whether the chunk that said {@code LAST} has come: nothing more can be on its way. */
    synchronized boolean sawLast() {
        return sawLast;
    }

    /** Whether the socket is not read because this buffer is full. */
    synchronized boolean isFull() {
        return room != null;
    }

    /** Whether somebody waits for bytes of this message that have not come. */
    synchronized boolean isReaderWaiting() {
        return isReaderWaiting;
    }

    synchronized long takenBytes() {
        return takenBytes;
    }

    synchronized boolean tryAnswer(State answer) {
        if (state != State.IN_HAND) {
            return false;
        }

        state = answer;
        return true;
    }

    /** Ends the delivery: reads fail from now on. */
    void lose(String reason) {
        CompletableFuture<Void> freed;
        synchronized (this) {
            if (state != State.IN_HAND && state != State.COMPLETED) {
                return;
            }

            state = State.LOST;
            lossReason = reason;
            freed = room;
            room = null;
            notifyAll();
        }

        free(freed);
    }

    private void awaitBytes() throws IOException {
        isReaderWaiting = true;
        try {
            while (chunks.isEmpty() && state != State.LOST && !isAbandoned) {
                wait();
            }
        } catch (InterruptedException exception) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for bytes of message " + message.id());
        } finally {
            isReaderWaiting = false;
        }

        requireInHand();
        if (isAbandoned) {
            throw new IOException("message " + message.id() + " was given back or closed");
        }
    }

    private void check(ChunkHeader header) throws ServerViolationException {
        if (header.totalSize() != ChunkHeader.UNKNOWN_SIZE && header.totalSize() != message.size()) {
            throw violation("a chunk says " + Long.toUnsignedString(header.totalSize()) + " bytes, the message " + message.size());
        }

        if (sawLast) {
            throw violation("a chunk at offset " + header.offset() + " follows the last one");
        }

        if (header.offset() != next) {
            throw violation("a chunk is at offset " + header.offset() + ", the next one is at " + next);
        }

        if (header.end() > message.size() || (header.last() && header.end() != message.size())) {
            throw violation("a chunk ends at " + header.end() + (header.last() ? " as the last" : "") + ", the message at " + message.size());
        }
    }

    private ServerViolationException violation(String what) {
        return new ServerViolationException("message " + message.id() + ": " + what);
    }

    // Never under the lock: the transport may go on reading on this very thread.
    private static void free(CompletableFuture<Void> freed) {
        if (freed != null) {
            freed.complete(null);
        }
    }
}
