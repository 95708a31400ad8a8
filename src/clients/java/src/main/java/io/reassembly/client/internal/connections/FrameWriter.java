package io.reassembly.client.internal.connections;

import io.reassembly.client.transport.Link;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The one writer of a link. WebSocket libraries take one message at a time; so a few frames wait here, and the next one goes out on the
 * thread that reports the end of the one before, while the client's own thread prepares another. No more chunks are in memory than
 * {@link #DEPTH}.
 */
public final class FrameWriter {
    /** Chunks that may be prepared or on their way into the socket. */
    static final int DEPTH = 4;

    /** Chunks left when more are asked for: to wake a thread for each would cost as much as to prepare it. */
    private static final int LOW = DEPTH / 2;

    private record Text(String text, CompletableFuture<Void> sent) {
    }

    private record Close(int code) {
    }

    private final Link link;
    private final Runnable hasRoom;
    private final Consumer<Throwable> failed;
    private final Deque<Object> waiting = new ArrayDeque<>();
    private final Deque<byte[]> spare = new ArrayDeque<>();
    private int chunks;
    private boolean sending;
    private boolean isRoomAwaited;
    private boolean isClosed;
    private Text underWay;
    private volatile int largestFrame;
    private volatile long movedAt = EventLoop.now();

    /**
     * @param hasRoom called when another chunk can be taken, after {@link #hasRoom()} said no
     * @param failed called once, when a send fails
     */
    FrameWriter(Link link, Runnable hasRoom, Consumer<Throwable> failed) {
        this.link = link;
        this.hasRoom = hasRoom;
        this.failed = failed;
    }

    /** Whether another chunk can be taken now. */
    public synchronized boolean hasRoom() {
        isRoomAwaited = chunks >= DEPTH;
        return !isRoomAwaited;
    }

    /** A buffer for a frame of that size, at least. */
    public synchronized byte[] takeBuffer(int bytes) {
        byte[] buffer = spare.poll();
        return buffer != null && buffer.length >= bytes ? buffer : new byte[bytes];
    }

    /** @param buffer the writer's from now on */
    public void sendChunk(byte[] buffer, int length) {
        largestFrame = Math.max(largestFrame, length);
        send(ByteBuffer.wrap(buffer, 0, length));
    }

    /** @return ends when the text is written; fails where it never will be */
    public CompletableFuture<Void> sendText(String text) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        send(new Text(text, sent));
        return sent;
    }

    /** Closes the link after what waits. */
    public void sendClose(int code) {
        send(new Close(code));
    }

    /** The link is gone: what waits never goes out, and what is on its way may not; no library says so for sure. */
    void stop(String reason) {
        List<Object> left = new ArrayList<>();
        synchronized (this) {
            isClosed = true;
            left.add(underWay);
            left.addAll(waiting);
            waiting.clear();
        }

        for (Object item : left) {
            if (item instanceof Text text) {
                text.sent().completeExceptionally(new IOException(reason));
            }
        }
    }

    /** Bytes of the largest chunk that was given to the link. */
    int largestFrame() {
        return largestFrame;
    }

    /** Since when a send has not come to its end; {@link Long#MAX_VALUE} where none is on its way. */
    synchronized long stuckSince() {
        return sending ? movedAt : Long.MAX_VALUE;
    }

    private void send(Object item) {
        boolean isLate;
        synchronized (this) {
            isLate = isClosed;
            if (!isLate) {
                chunks += item instanceof ByteBuffer ? 1 : 0;
                waiting.add(item);
            }
        }

        if (!isLate) {
            pump();
        } else if (item instanceof Text text) {
            text.sent().completeExceptionally(new IOException("the connection is closed"));
        }
    }

    // A loop, since a library may end its future at once: no recursion however many frames wait.
    private void pump() {
        while (true) {
            Object next;
            synchronized (this) {
                if (sending || isClosed || waiting.isEmpty()) {
                    return;
                }

                next = waiting.poll();
                sending = true;
                underWay = next instanceof Text text ? text : null;
                movedAt = EventLoop.now();
            }

            CompletableFuture<?> sent = hand(next);
            if (!sent.isDone()) {
                sent.whenComplete((nothing, failure) -> {
                    finish(next, failure);
                    pump();
                });
                return;
            }

            finish(next, sent.isCompletedExceptionally() ? sent.handle((nothing, failure) -> failure).join() : null);
        }
    }

    private CompletableFuture<?> hand(Object next) {
        try {
            if (next instanceof ByteBuffer frame) {
                return link.sendBinary(frame);
            }

            return next instanceof Close close ? link.sendClose(close.code(), "") : link.sendText(((Text) next).text());
        } catch (RuntimeException exception) {
            // A library's way of saying that the link is gone.
            return CompletableFuture.failedFuture(exception);
        }
    }

    private void finish(Object sent, Throwable failure) {
        boolean tellsRoom;
        synchronized (this) {
            sending = false;
            underWay = null;
            isClosed |= failure != null || sent instanceof Close;
            if (sent instanceof ByteBuffer frame) {
                chunks--;
                if (failure == null) {
                    spare.push(frame.array());
                }
            }

            tellsRoom = isRoomAwaited && chunks <= LOW;
            isRoomAwaited &= !tellsRoom;
        }

        if (sent instanceof Text text && failure != null) {
            text.sent().completeExceptionally(failure);
        } else if (sent instanceof Text text) {
            text.sent().complete(null);
        }

        if (failure != null) {
            failed.accept(failure);
        } else if (tellsRoom) {
            hasRoom.run();
        }
    }
}
