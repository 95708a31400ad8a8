import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The JDK's own WebSocket: one send at a time. It never offers permessage-deflate. */
final class JdkSocket implements PlainSocket, WebSocket.Listener {
    private final Mailbox mailbox = new Mailbox();
    private final StringBuilder text = new StringBuilder();
    private WebSocket socket;

    private JdkSocket() {
    }

    static PlainSocket open(URI endpoint, boolean offersDeflate) {
        JdkSocket opened = new JdkSocket();
        opened.socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(endpoint, opened).join();
        return opened;
    }

    @Override
    public void sendBinary(ByteBuffer message) throws IOException {
        await(socket.sendBinary(message, true));
    }

    @Override
    public void sendText(String message) throws IOException {
        await(socket.sendText(message, true));
    }

    @Override
    public String takeText(long timeoutMs) throws InterruptedException {
        return mailbox.takeText(timeoutMs);
    }

    @Override
    public End awaitEnd(long timeoutMs) throws InterruptedException {
        return mailbox.awaitEnd(timeoutMs);
    }

    @Override
    public boolean isDeflateNegotiated() {
        return false;
    }

    @Override
    public void close() {
        socket.abort();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        text.append(part);
        if (last) {
            mailbox.add(text.toString());
            text.setLength(0);
        }

        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        mailbox.end(code, reason);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        mailbox.end(1006, error.toString());
    }

    private static void await(CompletableFuture<WebSocket> sent) throws IOException {
        try {
            sent.join();
        } catch (CompletionException exception) {
            throw new IOException(exception.getCause());
        }
    }
}
