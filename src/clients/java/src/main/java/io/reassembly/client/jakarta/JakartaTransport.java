package io.reassembly.client.jakarta;

import io.reassembly.client.transport.HandshakeRefusedException;
import io.reassembly.client.transport.Link;
import io.reassembly.client.transport.LinkListener;
import io.reassembly.client.transport.LinkRequest;
import io.reassembly.client.transport.Transport;
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.WebSocketContainer;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Any implementation of Jakarta WebSocket 2.1, such as Tomcat's: what Spring's StandardWebSocketClient stands on. */
public final class JakartaTransport implements Transport {
    private static final String TOMCAT_TIMEOUT = "org.apache.tomcat.websocket.IO_TIMEOUT_MS";

    /** The API has no place for the status, and Tomcat says it in a sentence only. */
    private static final Pattern STATUS = Pattern.compile("\\[([1-5]\\d\\d)\\]");

    private final WebSocketContainer container;

    /** With the implementation on the class path. */
    public JakartaTransport() {
        this(ContainerProvider.getWebSocketContainer());
    }

    /** @param container stays the caller's, and is left as it is set: messages are taken in parts, so its buffers may be of any size */
    public JakartaTransport(WebSocketContainer container) {
        this.container = container;
    }

    @Override
    public CompletableFuture<Link> connect(URI endpoint, LinkRequest request, LinkListener listener) {
        ClientEndpointConfig config = ClientEndpointConfig.Builder.create()
            .preferredSubprotocols(List.of(request.subprotocol()))
            .configurator(new HeaderConfigurator(request.headers()))
            .build();
        config.getUserProperties().put(TOMCAT_TIMEOUT, Long.toString(request.timeout().toMillis()));
        CompletableFuture<Link> connected = new CompletableFuture<>();
        // The API blocks.
        Thread thread = new Thread(() -> connect(endpoint, config, new JakartaEndpoint(listener, request.receiveFrameBytes()), connected), "reassembly-connect");
        thread.setDaemon(true);
        thread.start();
        return connected;
    }

    private void connect(URI endpoint, ClientEndpointConfig config, JakartaEndpoint socket, CompletableFuture<Link> connected) {
        try {
            connected.complete(new JakartaLink(container.connectToServer(socket, config, endpoint)));
        } catch (DeploymentException exception) {
            Matcher status = STATUS.matcher(String.valueOf(exception.getMessage()));
            connected.completeExceptionally(
                exception.getCause() == null && status.find() ? new HandshakeRefusedException(Integer.parseInt(status.group(1)), exception) : exception);
        } catch (IOException | RuntimeException exception) {
            connected.completeExceptionally(exception);
        }
    }

    private static final class HeaderConfigurator extends ClientEndpointConfig.Configurator {
        private final Map<String, String> headers;

        HeaderConfigurator(Map<String, String> headers) {
            this.headers = headers;
        }

        @Override
        public void beforeRequest(Map<String, List<String>> request) {
            headers.forEach((name, value) -> request.put(name, List.of(value)));
        }
    }
}
