package io.reassembly.client.internal.sources;

import io.reassembly.client.internal.sending.SourceView;
import java.io.Closeable;
import java.io.IOException;

/** The bytes of one message, read by offset, by one thread at a time. */
public interface PayloadSource extends Closeable {
    /**
     * What can be read right now.
     *
     * @throws IOException the origin failed; so does every later call
     */
    SourceView view() throws IOException;

    /** Copies bytes that all lie between {@code oldest} and {@code available} of a view taken before. */
    void read(long offset, byte[] into, int at, int length) throws IOException;

    /** Bytes below it are durable at the server; the source may forget them. */
    void release(long below);

    /** The digest of a payload of more bytes is of no use: it need not be computed. -1: of none. */
    void digestUpTo(long bytes);

    /** SHA-256 of the whole, hex in lower case; reads what has not been read yet. Only once the size is known. Null where it is of no use. */
    String digest() throws IOException;
}
