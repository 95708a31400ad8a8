package io.reassembly.client.internal.connections;

import io.reassembly.client.internal.control.ServerMessage;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/** Who uses connections. Called on the loop's thread but for frames. */
public interface ConnectionOwner {
    /** There is another connection for whatever comes next. */
    void onReady(Connection connection);

    void onMessage(Connection connection, ServerMessage message);

    /**
     * A binary message, on a thread of the transport, after every message before it was taken.
     *
     * @param frame the caller's again when the method returns
     * @return ends when the next one may come; null for at once
     */
    CompletionStage<?> onFrame(Connection connection, ByteBuffer frame);

    void onEnded(Connection connection);
}
