package io.reassembly.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A compression of payloads, done before they are cut and undone after they are whole. {@link #GZIP} is in the JDK; {@code br} is not, and
 * a Brotli library becomes one in three methods.
 */
public interface Encoding {
    /** Compression of RFC 1952. */
    Encoding GZIP = new Encoding() {
        private static final int BUFFER_BYTES = 65_536;

        @Override
        public String name() {
            return "gzip";
        }

        @Override
        public OutputStream compress(OutputStream target) throws IOException {
            return new GZIPOutputStream(target, BUFFER_BYTES);
        }

        @Override
        public InputStream decompress(InputStream compressed) throws IOException {
            return new GZIPInputStream(new NeverIdleStream(compressed), BUFFER_BYTES);
        }
    };

    /** The name on the wire: {@code gzip} or {@code br}. */
    String name();

    /** @return a stream that compresses what is written to it; closed at the end */
    OutputStream compress(OutputStream target) throws IOException;

    InputStream decompress(InputStream compressed) throws IOException;
}
