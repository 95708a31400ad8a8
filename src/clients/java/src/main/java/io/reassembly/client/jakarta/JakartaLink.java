package io.reassembly.client.jakarta;

import io.reassembly.client.transport.Link;
import jakarta.websocket.CloseReason;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** Sends asynchronously: the blocking sends of this API fail after 20 s in Tomcat, however well the connection is. */
final class JakartaLink implements Link {
    private final Session session;

    JakartaLink(Session session) {
        this.session = session;
    }

    @Override
    public String subprotocol() {
        return session.getNegotiatedSubprotocol() == null ? "" : session.getNegotiatedSubprotocol();
    }

    @Override
    public CompletableFuture<?> sendText(String text) {
        Sent sent = new Sent();
        session.getAsyncRemote().sendText(text, sent);
        return sent;
    }

    @Override
    public CompletableFuture<?> sendBinary(ByteBuffer frame) {
        Sent sent = new Sent();
        session.getAsyncRemote().sendBinary(frame, sent);
        return sent;
    }

    @Override
    public CompletableFuture<?> sendClose(int code, String reason) {
        return close(session, new CloseReason(CloseReason.CloseCodes.getCloseCode(code), reason));
    }

    /** The API has nothing harder than a close. */
    @Override
    public void abort() {
        close(session, new CloseReason(CloseReason.CloseCodes.GOING_AWAY, ""));
    }

    /** Closing writes, and may block for as long as a send: so on a thread of its own. */
    static CompletableFuture<Void> close(Session session, CloseReason reason) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                session.close(reason);
                closed.complete(null);
            } catch (IOException | RuntimeException exception) {
                closed.completeExceptionally(exception);
            }
        }, "reassembly-close");
        thread.setDaemon(true);
        thread.start();
        return closed;
    }

    private static final class Sent extends CompletableFuture<Void> implements SendHandler {
        @Override
        public void onResult(SendResult result) {
            if (result.isOK()) {
                complete(null);
            } else {
                completeExceptionally(result.getException());
            }
        }
    }
}
