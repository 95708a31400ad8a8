package io.reassembly.client.jdk;

import io.reassembly.client.transport.LinkListener;
import io.reassembly.client.transport.MessageJoiner;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/** Asks for the next part only when the one before has been taken: the JDK then leaves the rest in the socket. */
final class JdkListener implements WebSocket.Listener {
    private static final int NO_CLOSE_FRAME = 1006;

    private final LinkListener listener;
    private final MessageJoiner joiner;

    JdkListener(LinkListener listener, int receiveFrameBytes) {
        this.listener = listener;
        joiner = new MessageJoiner(listener, receiveFrameBytes);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
        return take(socket, () -> joiner.onText(part, last));
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
        return take(socket, () -> joiner.onBinary(part, last));
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        listener.onEnd(code, reason);
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        listener.onEnd(NO_CLOSE_FRAME, error.getMessage() == null ? error.toString() : error.getMessage());
    }

    // The part is the JDK's again at once, since the joiner has taken its bytes: so always null.
    private CompletionStage<?> take(WebSocket socket, Part part) {
        try {
            CompletionStage<?> taken = part.hand();
            if (taken == null) {
                socket.request(1);
            } else {
                taken.whenComplete((nothing, failure) -> socket.request(1));
            }
        } catch (MessageJoiner.TooBigException exception) {
            listener.onEnd(NO_CLOSE_FRAME, exception.getMessage());
            socket.abort();
        }

        return null;
    }

    private interface Part {
        CompletionStage<?> hand() throws MessageJoiner.TooBigException;
    }
}
