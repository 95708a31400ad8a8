package io.reassembly.client.internal.control;

import io.reassembly.client.internal.frames.ChunkHeader;

/**
 * The limits of a {@code welcome}; bytes and seconds.
 *
 * @param frameBytes largest WebSocket message
 * @param minChunkBytes smallest payload of a chunk that is not the last of its message
 * @param messageBytes largest message
 * @param openMessages messages open at once
 * @param windowBytes how far credit runs ahead of what is durable
 * @param idleSeconds time without a sign of a message after which it expires
 * @param messageSeconds time after which it expires in any case
 * @param retentionSeconds how long an outcome answers repeats
 */
public record Limits(
    int frameBytes, int minChunkBytes, long messageBytes, long openMessages, long windowBytes, long idleSeconds, long messageSeconds,
    long retentionSeconds) {

    /** Largest payload of a binary chunk. */
    public int chunkBytes() {
        return frameBytes - ChunkHeader.BYTES;
    }

    // A limit that is not named has its default; a frame has room for a header and at least one byte.
    static Limits read(JsonObject limits) throws MalformedException {
        return new Limits(
            toInt(limits.numberOr("frameBytes", ChunkHeader.BYTES + 1, 65_536)),
            toInt(limits.numberOr("minChunkBytes", 0, 1024)),
            limits.numberOr("messageBytes", 0, 1L << 30),
            limits.numberOr("openMessages", 0, 1024),
            limits.numberOr("windowBytes", 0, 8L << 20),
            limits.numberOr("idleSeconds", 0, 60),
            limits.numberOr("messageSeconds", 0, 3600),
            limits.numberOr("retentionSeconds", 0, 3600));
    }

    private static int toInt(long value) {
        return (int) Math.min(value, Integer.MAX_VALUE);
    }
}
