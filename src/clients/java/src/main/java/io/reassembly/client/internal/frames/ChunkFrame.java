package io.reassembly.client.internal.frames;

import io.reassembly.client.errors.ErrorCode;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * One chunk as it travels: header and payload in one WebSocket message.
 *
 * @param header what it says about itself
 * @param payload its bytes, a view of the buffer that was read
 */
public record ChunkFrame(ChunkHeader header, ByteBuffer payload) {
    private static final int CHECKED_BYTES = 44;
    private static final byte VERSION = 1;
    private static final byte TYPE_CHUNK = 1;
    private static final int FLAG_LAST = 1;

    /**
     * Writes the header in front of a payload that is there already.
     *
     * @param frame room for the header, then the payload
     */
    public static void writeHeader(byte[] frame, ChunkHeader header) {
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        buffer.put(VERSION).put(TYPE_CHUNK).put((byte) (header.last() ? FLAG_LAST : 0)).put((byte) (ChunkHeader.BYTES / 4));
        buffer.putInt(header.sequence());
        buffer.putLong(header.id().getMostSignificantBits()).putLong(header.id().getLeastSignificantBits());
        buffer.putLong(header.offset()).putLong(header.totalSize()).putInt(header.payloadLength());
        CRC32C crc = new CRC32C();
        crc.update(frame, 0, CHECKED_BYTES);
        crc.update(frame, ChunkHeader.BYTES, header.payloadLength());
        buffer.putInt((int) crc.getValue());
    }

    /**
     * Reads a frame; every length in it is checked before it is used.
     *
     * @param frame the whole WebSocket message; stays the caller's, and the payload is a view of it
     * @throws MalformedFrameException with the code of the first check that fails
     */
    public static ChunkFrame read(ByteBuffer frame) throws MalformedFrameException {
        ByteBuffer bytes = frame.slice();
        int length = bytes.remaining();
        require(length >= ChunkHeader.BYTES, "%d bytes are shorter than a header", length);
        require(bytes.get(0) == VERSION, "version %d is not known", bytes.get(0) & 0xff);
        if (bytes.get(1) != TYPE_CHUNK) {
            throw new MalformedFrameException(ErrorCode.UNKNOWN_TYPE, "frame type " + (bytes.get(1) & 0xff) + " is not known");
        }

        int flags = bytes.get(2) & 0xff;
        require((flags & ~FLAG_LAST) == 0, "flags 0x%02x are not known", flags);
        int headerLength = (bytes.get(3) & 0xff) * 4;
        require(headerLength >= ChunkHeader.BYTES && headerLength <= length, "a header of %d bytes does not fit", headerLength);
        long payloadLength = bytes.getInt(40) & 0xffffffffL;
        require(payloadLength == length - headerLength, "the payload length says %d, other bytes follow", payloadLength);
        long offset = bytes.getLong(24);
        require(offset >= 0 && offset <= Long.MAX_VALUE - payloadLength, "offset %s is beyond 2^63 - 1", Long.toUnsignedString(offset));
        ByteBuffer payload = bytes.slice(headerLength, (int) payloadLength);
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(0, CHECKED_BYTES));
        crc.update(payload.duplicate());
        if ((int) crc.getValue() != bytes.getInt(CHECKED_BYTES)) {
            throw new MalformedFrameException(ErrorCode.CRC_MISMATCH, "the checksum does not match");
        }

        UUID id = new UUID(bytes.getLong(8), bytes.getLong(16));
        return new ChunkFrame(
            new ChunkHeader(bytes.getInt(4), id, offset, bytes.getLong(32), (int) payloadLength, flags == FLAG_LAST), payload);
    }

    private static void require(boolean holds, String sentence, Object value) throws MalformedFrameException {
        if (!holds) {
            throw new MalformedFrameException(ErrorCode.BAD_FRAME, String.format(sentence, value));
        }
    }
}
