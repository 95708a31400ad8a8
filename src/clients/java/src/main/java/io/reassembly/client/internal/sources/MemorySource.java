package io.reassembly.client.internal.sources;

/** Bytes in memory; the caller leaves them as they are until the send ends. */
public final class MemorySource extends ReplayableSource {
    private final byte[] payload;

    public MemorySource(byte[] payload) {
        super(payload.length);
        this.payload = payload;
    }

    @Override
    void copy(long offset, byte[] into, int at, int length) {
        System.arraycopy(payload, (int) offset, into, at, length);
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
