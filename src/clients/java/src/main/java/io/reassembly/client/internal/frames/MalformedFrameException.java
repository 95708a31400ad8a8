package io.reassembly.client.internal.frames;

import io.reassembly.client.errors.ErrorCode;

/** A binary message that is no chunk of this version. */
public final class MalformedFrameException extends Exception {
    private static final long serialVersionUID = 1L;
    private final ErrorCode code;

    MalformedFrameException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    /** The code that a receiver answers with. */
    public ErrorCode code() {
        return code;
    }
}
