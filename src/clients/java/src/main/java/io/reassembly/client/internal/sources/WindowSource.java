package io.reassembly.client.internal.sources;

import io.reassembly.client.internal.sending.SourceView;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;

/**
 * Bytes that come only once. A thread of its own reads ahead into a window of segments; the window keeps what the server has not made
 * durable and nothing else, so memory is bounded however long the payload is. The thread waits while the window is full, and skips
 * bytes that are durable before they were read (a send that goes on where another process stopped).
 */
public final class WindowSource implements PayloadSource {
    private static final int MAX_SEGMENT_BYTES = 65_536;

    private final int segmentBytes;
    private final int maxSegments;
    private final Runnable changed;
    private final RunningDigest digest = new RunningDigest();
    private final Map<Long, byte[]> segments = new HashMap<>();
    private byte[] spare;
    private long firstSegment;
    private long released;
    private long available;
    private boolean ended;
    private boolean closed;
    private long digestUpTo = Long.MAX_VALUE;
    private IOException fault;

    /** Writes a payload to its end. */
    public interface Filler {
        void fill(OutputStream window) throws IOException;
    }

    /**
     * @param filler runs on a thread of this source, which is left to end by itself should it never come back
     * @param capacityBytes the most bytes to keep, at least 64 KiB
     * @param changed called when more can be read
     */
    public WindowSource(Filler filler, int capacityBytes, Runnable changed) {
        // At least four segments: one may be half released and one half filled, and the rest must still hold a chunk.
        segmentBytes = Math.min(MAX_SEGMENT_BYTES, capacityBytes / 4);
        maxSegments = capacityBytes / segmentBytes;
        this.changed = changed;
        Thread thread = new Thread(() -> run(filler), "reassembly-read-ahead");
        thread.setDaemon(true);
        thread.start();
    }

    /** Bytes of buffers held right now. */
    synchronized long retainedBytes() {
        return (long) segments.size() * segmentBytes;
    }

    @Override
    public synchronized SourceView view() throws IOException {
        if (fault != null) {
            throw new IOException("the payload could not be read to its end: " + fault.getMessage(), fault);
        }

        return new SourceView(Math.min(released, available), available, ended ? available : SourceView.UNKNOWN);
    }

    @Override
    public synchronized void read(long offset, byte[] into, int at, int length) {
        for (int done = 0; done < length; ) {
            long position = offset + done;
            int from = (int) (position % segmentBytes);
            int count = Math.min(length - done, segmentBytes - from);
            System.arraycopy(segments.get(position / segmentBytes), from, into, at + done, count);
            done += count;
        }
    }

    @Override
    public synchronized void release(long below) {
        released = Math.max(released, below);
        dropReleased();
    }

    @Override
    public synchronized void digestUpTo(long bytes) {
        digestUpTo = bytes;
    }

    @Override
    public synchronized String digest() {
        return available <= digestUpTo ? digest.finish() : null;
    }

    @Override
    public synchronized void close() {
        closed = true;
        segments.clear();
        spare = null;
        notifyAll();
    }

    private void run(Filler filler) {
        IOException failure = null;
        try {
            filler.fill(new WindowStream());
        } catch (IOException exception) {
            failure = exception;
        } catch (RuntimeException | Error exception) {
            // Whatever the caller's stream throws must reach the send that reads it.
            failure = new IOException(exception.toString(), exception);
        }

        synchronized (this) {
            fault = failure;
            ended = failure == null;
        }

        changed.run();
    }

    private void append(byte[] bytes, int at, int length) throws IOException {
        for (int done = 0; done < length; ) {
            int count = appendWithin(bytes, at + done, length - done);
            done += count;
            changed.run();
        }
    }

    private synchronized int appendWithin(byte[] bytes, int at, int length) throws IOException {
        long segment = available / segmentBytes;
        while (!closed && !segments.containsKey(segment) && segments.size() >= maxSegments) {
            try {
                wait();
            } catch (InterruptedException exception) {
                throw new InterruptedIOException("interrupted while the window was full");
            }
        }

        if (closed) {
            throw new IOException("the send is over");
        }

        int from = (int) (available % segmentBytes);
        int count = Math.min(length, segmentBytes - from);
        System.arraycopy(bytes, at, segments.computeIfAbsent(segment, key -> newSegment()), from, count);
        if (available + count <= digestUpTo) {
            digest.append(available, bytes, at, count);
        }

        available += count;
        dropReleased();
        return count;
    }

    private byte[] newSegment() {
        byte[] segment = spare == null ? new byte[segmentBytes] : spare;
        spare = null;
        return segment;
    }

    // A segment goes once all its bytes are both read and durable; the one that is being written is never full, so it stays.
    private void dropReleased() {
        long below = Math.min(released, available) / segmentBytes;
        while (firstSegment < below) {
            spare = segments.remove(firstSegment);
            firstSegment++;
            notifyAll();
        }
    }

    private final class WindowStream extends OutputStream {
        @Override
        public void write(int single) throws IOException {
            write(new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int at, int length) throws IOException {
            append(bytes, at, length);
        }
    }
}
