package io.reassembly.client.errors;

/** The error codes of {@code reassembly.v1}; named as on the wire (wire contract, section 6). */
public enum ErrorCode {
    BAD_JSON,
    UNKNOWN_TYPE,
    BAD_FRAME,
    FRAME_TOO_BIG,
    MESSAGE_TOO_BIG,
    CHUNK_TOO_SMALL,
    CRC_MISMATCH,
    SIZE_CONFLICT,
    DATA_CONFLICT,
    OPEN_CONFLICT,
    DIGEST_MISMATCH,
    UNKNOWN_MESSAGE,
    TOO_MANY_OPEN,
    QUOTA_EXCEEDED,
    OVERLOADED,
    NOT_DURABLE,
    EXPIRED,
    UNAUTHORIZED,
    FORBIDDEN;

    /** Whether sending the same again later may succeed, whatever the server says about it. */
    public boolean isPassing() {
        return switch (this) {
            case CRC_MISMATCH, NOT_DURABLE, OVERLOADED, TOO_MANY_OPEN, QUOTA_EXCEEDED -> true;
            default -> false;
        };
    }
}
