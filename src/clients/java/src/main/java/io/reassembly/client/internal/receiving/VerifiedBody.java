package io.reassembly.client.internal.receiving;

import io.reassembly.client.errors.PayloadMismatchException;
import io.reassembly.client.internal.sources.RunningDigest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * The payload of a delivery as it was sent. The read that would give its last byte compares the digest first: so what was read to the
 * end was verified, whether or not its reader asks for more.
 */
public final class VerifiedBody extends InputStream {
    private final Delivery delivery;
    private final RunningDigest digest = new RunningDigest();
    private String mismatch;
    private boolean isVerified;

    public VerifiedBody(Delivery delivery) {
        this.delivery = delivery;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        Objects.checkFromIndexSize(at, length, into.length);
        if (mismatch != null) {
            throw new PayloadMismatchException(mismatch);
        }

        if (length == 0) {
            return 0;
        }

        if (digest.position() == delivery.message().size()) {
            verify();
            return -1;
        }

        delivery.requireInHand();
        int count = delivery.read(into, at, length);
        digest.append(digest.position(), into, at, count);
        if (digest.position() == delivery.message().size()) {
            verify();
        }

        return count;
    }

    @Override
    public int available() {
        return delivery.available();
    }

    /** Reads what is left, so that all of it is verified. */
    public void drain() throws IOException {
        byte[] buffer = new byte[65_536];
        while (read(buffer, 0, buffer.length) >= 0) {
            // Only the digest counts.
        }
    }

    private void verify() throws PayloadMismatchException {
        if (isVerified) {
            return;
        }

        isVerified = true;
        String actual = digest.finish();
        if (!actual.equals(delivery.message().sha256())) {
            mismatch = "message " + delivery.message().id() + " arrived with SHA-256 " + actual + ", the server says " + delivery.message().sha256();
            throw new PayloadMismatchException(mismatch);
        }
    }
}
