package io.reassembly.client.internal.sources;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of a payload, computed on the way: bytes that come in order count, repeats and bytes ahead do not. */
public final class RunningDigest {
    private final MessageDigest hash;
    private long position;

    public RunningDigest() {
        try {
            hash = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException exception) {
            throw new IllegalStateException("every Java platform has SHA-256", exception);
        }
    }

    /** Every byte below it is counted. */
    public long position() {
        return position;
    }

    public void append(long offset, byte[] bytes, int at, int length) {
        long skip = position - offset;
        if (skip >= 0 && skip < length) {
            hash.update(bytes, at + (int) skip, length - (int) skip);
            position = offset + length;
        }
    }

    /** Ends it: 64 lower-case hex digits. */
    public String finish() {
        return HexFormat.of().formatHex(hash.digest());
    }
}
