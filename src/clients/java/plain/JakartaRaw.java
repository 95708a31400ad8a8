import jakarta.websocket.ClientEndpoint;
import jakarta.websocket.CloseReason;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

@ClientEndpoint
public final class JakartaRaw {
    private final CompletableFuture<String> answer = new CompletableFuture<>();

    /** Sends a file as one WebSocket message, in fragments of that size (Tomcat overflows its stack at 64 MiB); the answer is its outcome. */
    static String send(URI server, Path file, int fragmentBytes) throws Exception {
        JakartaRaw endpoint = new JakartaRaw();
        try (Session session = ContainerProvider.getWebSocketContainer().connectToServer(endpoint, server); FileChannel in = FileChannel.open(file)) {
            long at = 0;
            do {
                long length = Math.min(fragmentBytes, in.size() - at);
                session.getBasicRemote().sendBinary(in.map(FileChannel.MapMode.READ_ONLY, at, length), at + length == in.size());
                at += length;
            } while (at < in.size());
            return endpoint.answer.join();
        }
    }

    @OnMessage
    public void onMessage(String text) {
        answer.complete(text);
    }

    @OnClose
    public void onClose(CloseReason reason) {
        answer.completeExceptionally(new IllegalStateException("closed with " + reason.getCloseCode().getCode() + " " + reason.getReasonPhrase()));
    }
}
