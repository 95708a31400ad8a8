package io.reassembly.client.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** One open WebSocket. Its user sends one message at a time: the next one after the future of the one before. */
public interface Link {
    /** The subprotocol that the server echoed; empty where it did not. */
    String subprotocol();

    CompletableFuture<?> sendText(String text);

    /** @param frame the link's until the future ends */
    CompletableFuture<?> sendBinary(ByteBuffer frame);

    /** Says the last word and lets the server say it too; like a send, and the last one. */
    CompletableFuture<?> sendClose(int code, String reason);

    /** Ends it now. */
    void abort();
}
