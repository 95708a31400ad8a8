package io.reassembly.client.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/**
 * Hears one link, one call at a time. Where a method returns a stage, nothing more is read from the socket until it ends: that is the
 * backpressure. Null means: go on.
 */
public interface LinkListener {
    CompletionStage<?> onText(String text);

    /** @param frame one whole message; the caller's again when the method returns */
    CompletionStage<?> onBinary(ByteBuffer frame);

    /**
     * The link has ended. At most once that counts; the first one.
     *
     * @param code the close code; 1006 where there was no close frame
     * @param reason what the server or the socket said, possibly empty
     */
    void onEnd(int code, String reason);
}
