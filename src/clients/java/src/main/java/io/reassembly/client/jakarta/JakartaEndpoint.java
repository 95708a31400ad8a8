package io.reassembly.client.jakarta;

import io.reassembly.client.transport.LinkListener;
import io.reassembly.client.transport.MessageJoiner;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/**
 * Takes messages in parts, so that the container's buffer (8 KiB unless somebody raised it for everybody) limits nothing. A handler that
 * does not return is this API's backpressure: the container reads on when it does.
 */
final class JakartaEndpoint extends Endpoint {
    private final LinkListener listener;
    private final MessageJoiner joiner;

    JakartaEndpoint(LinkListener listener, int receiveFrameBytes) {
        this.listener = listener;
        joiner = new MessageJoiner(listener, receiveFrameBytes);
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        session.setMaxIdleTimeout(0);
        session.addMessageHandler(String.class, (MessageHandler.Partial<String>) (part, last) -> take(session, () -> joiner.onText(part, last)));
        session.addMessageHandler(ByteBuffer.class, (MessageHandler.Partial<ByteBuffer>) (part, last) -> take(session, () -> joiner.onBinary(part, last)));
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        listener.onEnd(reason.getCloseCode().getCode(), reason.getReasonPhrase() == null ? "" : reason.getReasonPhrase());
    }

    @Override
    public void onError(Session session, Throwable error) {
        listener.onEnd(CloseReason.CloseCodes.CLOSED_ABNORMALLY.getCode(), error.getMessage() == null ? error.toString() : error.getMessage());
    }

    private void take(Session session, Part part) {
        try {
            CompletionStage<?> taken = part.hand();
            if (taken != null) {
                taken.toCompletableFuture().join();
            }
        } catch (MessageJoiner.TooBigException exception) {
            listener.onEnd(CloseReason.CloseCodes.CLOSED_ABNORMALLY.getCode(), exception.getMessage());
            JakartaLink.close(session, new CloseReason(CloseReason.CloseCodes.TOO_BIG, exception.getMessage()));
        }
    }

    private interface Part {
        CompletionStage<?> hand() throws MessageJoiner.TooBigException;
    }
}
