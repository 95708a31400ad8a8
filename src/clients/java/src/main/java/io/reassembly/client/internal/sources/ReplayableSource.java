package io.reassembly.client.internal.sources;

import io.reassembly.client.internal.sending.SourceView;
import java.io.IOException;

/** Bytes that can be read again at any time. Keeps nothing. */
public abstract class ReplayableSource implements PayloadSource {
    private static final int DIGEST_BUFFER_BYTES = 65_536;

    private final BackgroundDigest digest = new BackgroundDigest();
    private final long size;
    private boolean isDigested = true;

    ReplayableSource(long size) {
        this.size = size;
    }

    abstract void copy(long offset, byte[] into, int at, int length) throws IOException;

    @Override
    public SourceView view() {
        return new SourceView(0, size, size);
    }

    @Override
    public void read(long offset, byte[] into, int at, int length) throws IOException {
        copy(offset, into, at, length);
        if (isDigested) {
            digest.append(offset, into, at, length);
        }
    }

    @Override
    public void release(long below) {
        // Nothing is kept.
    }

    @Override
    public void digestUpTo(long bytes) {
        isDigested = size <= bytes;
    }

    @Override
    public String digest() throws IOException {
        if (!isDigested) {
            return null;
        }

        byte[] buffer = new byte[DIGEST_BUFFER_BYTES];
        while (digest.position() < size) {
            read(digest.position(), buffer, 0, (int) Math.min(buffer.length, size - digest.position()));
        }

        return digest.finish();
    }
}
