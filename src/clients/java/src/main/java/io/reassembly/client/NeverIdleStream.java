package io.reassembly.client;

import java.io.FilterInputStream;
import java.io.InputStream;

/** GZIPInputStream takes a pause of its input for the end of it and would leave further members out; this one has no pauses. */
final class NeverIdleStream extends FilterInputStream {
    NeverIdleStream(InputStream in) {
        super(in);
    }

    @Override
    public int available() {
        return 1;
    }
}
