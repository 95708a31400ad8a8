import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.WebSocketContainer;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Jakarta WebSocket, as Tomcat has it: blocking sends. */
final class JakartaSocket extends Endpoint implements PlainSocket {
    private final Mailbox mailbox = new Mailbox();
    private Session session;

    private JakartaSocket() {
    }

    static PlainSocket open(URI endpoint, boolean offersDeflate) throws Exception {
        JakartaSocket opened = new JakartaSocket();
        WebSocketContainer container = ContainerProvider.getWebSocketContainer();
        ClientEndpointConfig config = ClientEndpointConfig.Builder.create()
            .extensions(offersDeflate ? new ArrayList<>(container.getInstalledExtensions()) : List.of())
            .build();
        opened.session = container.connectToServer(opened, config, endpoint);
        return opened;
    }

    @Override
    public void onOpen(Session from, EndpointConfig config) {
        from.addMessageHandler(String.class, (MessageHandler.Whole<String>) mailbox::add);
    }

    @Override
    public void onClose(Session from, CloseReason reason) {
        mailbox.end(reason.getCloseCode().getCode(), reason.getReasonPhrase());
    }

    @Override
    public void sendBinary(ByteBuffer message) throws IOException {
        guard(() -> session.getBasicRemote().sendBinary(message));
    }

    @Override
    public void sendText(String message) throws IOException {
        guard(() -> session.getBasicRemote().sendText(message));
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
        return !session.getNegotiatedExtensions().isEmpty();
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (IOException exception) {
            // It is gone already.
        }
    }

    // A send on a session that has ended is an IllegalStateException.
    private static void guard(Send send) throws IOException {
        try {
            send.run();
        } catch (IllegalStateException exception) {
            throw new IOException(exception);
        }
    }

    private interface Send {
        void run() throws IOException;
    }
}
