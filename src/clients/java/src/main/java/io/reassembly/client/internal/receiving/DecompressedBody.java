package io.reassembly.client.internal.receiving;

import io.reassembly.client.Encoding;
import io.reassembly.client.errors.DecompressedTooBigException;
import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;

/** A payload as it was before it was compressed, up to a cap. Its end is told only when all that was sent is verified. */
public final class DecompressedBody extends InputStream {
    private final UUID id;
    private final VerifiedBody raw;
    private final String encodingName;
    private final Encoding encoding;
    private final long maxBytes;
    private InputStream plain;
    private long made;

    /** @param encoding what undoes it; null where there is nothing that does, which the first read says */
    public DecompressedBody(UUID id, VerifiedBody raw, String encodingName, Encoding encoding, long maxBytes) {
        this.id = id;
        this.raw = raw;
        this.encodingName = encodingName;
        this.encoding = encoding;
        this.maxBytes = maxBytes;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        if (encoding == null) {
            throw new IOException("message " + id + " is compressed with " + encodingName + ", which nothing here undoes:"
                + " give an Encoding for it, or receive without decompression");
        }

        if (made > maxBytes) {
            throw tooBig();
        }

        // Only now, since a decompressor reads its header when it is made.
        plain = plain == null ? encoding.decompress(raw) : plain;
        int count = plain.read(into, at, length);
        if (count < 0) {
            // A decompressor may stop before the end of its input, and the digest is that of all of it.
            raw.drain();
            return -1;
        }

        made += count;
        if (made > maxBytes) {
            throw tooBig();
        }

        return count;
    }

    @Override
    public void close() throws IOException {
        if (plain != null) {
            plain.close();
        }
    }

    private DecompressedTooBigException tooBig() {
        return new DecompressedTooBigException("message " + id + " decompresses to more than the " + maxBytes + " bytes allowed");
    }
}
