package io.reassembly.client.internal.frames;

import java.util.UUID;

/**
 * The 48 bytes before the payload of a chunk (wire contract, section 2), big-endian:
 *
 * <pre>
 *  0 version 1 | 1 type 1 | 2 flags, bit 0 LAST | 3 header length / 4 | 4 sequence
 *  8 message id, 16 bytes
 * 24 offset                                    32 total size, all ones while unknown
 * 40 payload length                            44 CRC-32C of bytes 0..43 and the payload
 * </pre>
 *
 * @param sequence 0, 1, 2, … in the order of cutting; unsigned
 * @param id the message
 * @param offset place of the first payload byte in the message
 * @param totalSize bytes of the whole message, unsigned; {@link #UNKNOWN_SIZE} while unknown
 * @param payloadLength bytes that follow the header
 * @param last whether the message ends with this chunk
 */
public record ChunkHeader(int sequence, UUID id, long offset, long totalSize, int payloadLength, boolean last) {
    /** Bytes of a header. */
    public static final int BYTES = 48;

    /** 2^64 - 1: the sender does not know the size yet. */
    public static final long UNKNOWN_SIZE = -1;

    /** The place after the last payload byte. */
    public long end() {
        return offset + payloadLength;
    }
}
