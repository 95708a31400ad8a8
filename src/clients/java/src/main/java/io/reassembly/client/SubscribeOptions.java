package io.reassembly.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** How messages are received. Immutable: each {@code with…} gives a changed copy. */
public final class SubscribeOptions implements Cloneable {
    private int inFlight = 1;
    private boolean decompress = true;
    private long maxDecompressedBytes = 1L << 30;
    private int bufferBytes = 1 << 20;
    private Duration stallTimeout = Duration.ofSeconds(30);
    private Map<String, Encoding> encodings = Map.of(Encoding.GZIP.name(), Encoding.GZIP);

    private SubscribeOptions() {
    }

    public static SubscribeOptions defaults() {
        return new SubscribeOptions();
    }

    /**
     * Messages that may be in hand at once; 1 unless set. With more, chunks of several messages come interleaved over one connection:
     * read their bodies at the same time, each on its own thread, or keep them below the buffer. See {@link #withStallTimeout} for what
     * becomes of one that is not read.
     */
    public SubscribeOptions withInFlight(int value) {
        require(value >= 1, "inFlight must be at least 1");
        return with(copy -> copy.inFlight = value);
    }

    /** Whether a payload that was compressed before it was sent is decompressed in its body; true unless set. */
    public SubscribeOptions withDecompress(boolean value) {
        return with(copy -> copy.decompress = value);
    }

    /** The most bytes that decompression of one payload may make; 1 GiB unless set. Guards against a small payload that unpacks to a full disk. */
    public SubscribeOptions withMaxDecompressedBytes(long value) {
        require(value >= 0, "maxDecompressedBytes must not be negative");
        return with(copy -> copy.maxDecompressedBytes = value);
    }

    /** Bytes of one message that are kept in memory ahead of its reader, up to one frame more; 1 MiB unless set. When they are full, the socket is not read. */
    public SubscribeOptions withBufferBytes(int value) {
        require(value >= 1, "bufferBytes must be at least 1");
        return with(copy -> copy.bufferBytes = value);
    }

    /**
     * How long a full buffer that nobody reads may hold up others: somebody who waits for the bytes of another message or for the next
     * message. Then the message that is not read is given back to the server. 30 s unless set. With one message in flight nobody waits,
     * and a pause may take any time that the server allows.
     */
    public SubscribeOptions withStallTimeout(Duration value) {
        require(!value.isNegative() && !value.isZero(), "stallTimeout must be above zero");
        return with(copy -> copy.stallTimeout = value);
    }

    /** A further encoding that can be undone, such as {@code br} with a Brotli library. */
    public SubscribeOptions withEncoding(Encoding value) {
        Map<String, Encoding> all = new HashMap<>(encodings);
        all.put(value.name(), value);
        return with(copy -> copy.encodings = Map.copyOf(all));
    }

    public int inFlight() {
        return inFlight;
    }

    public boolean decompress() {
        return decompress;
    }

    public long maxDecompressedBytes() {
        return maxDecompressedBytes;
    }

    public int bufferBytes() {
        return bufferBytes;
    }

    public Duration stallTimeout() {
        return stallTimeout;
    }

    public Map<String, Encoding> encodings() {
        return encodings;
    }

    private SubscribeOptions with(Consumer<SubscribeOptions> change) {
        try {
            SubscribeOptions copy = (SubscribeOptions) clone();
            change.accept(copy);
            return copy;
        } catch (CloneNotSupportedException exception) {
            throw new IllegalStateException("this class can be cloned", exception);
        }
    }

    private static void require(boolean holds, String sentence) {
        if (!holds) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
