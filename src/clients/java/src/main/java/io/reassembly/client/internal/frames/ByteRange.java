package io.reassembly.client.internal.frames;

/**
 * Bytes of a message.
 *
 * @param from the first one
 * @param to the place after the last one
 */
public record ByteRange(long from, long to) {
    public long length() {
        return to - from;
    }
}
