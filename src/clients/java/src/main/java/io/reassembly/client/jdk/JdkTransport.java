package io.reassembly.client.jdk;

import io.reassembly.client.transport.HandshakeRefusedException;
import io.reassembly.client.transport.Link;
import io.reassembly.client.transport.LinkListener;
import io.reassembly.client.transport.LinkRequest;
import io.reassembly.client.transport.Transport;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The JDK's own WebSocket: nothing to install. It knows no permessage-deflate. */
public final class JdkTransport implements Transport {
    private final HttpClient http;

    public JdkTransport() {
        this(HttpClient.newHttpClient());
    }

    /** @param http with its proxy, TLS context and authenticator; stays the caller's */
    public JdkTransport(HttpClient http) {
        this.http = http;
    }

    @Override
    public CompletableFuture<Link> connect(URI endpoint, LinkRequest request, LinkListener listener) {
        WebSocket.Builder builder = http.newWebSocketBuilder().subprotocols(request.subprotocol()).connectTimeout(request.timeout());
        request.headers().forEach(builder::header);
        return builder.buildAsync(endpoint, new JdkListener(listener, request.receiveFrameBytes()))
            .<Link>thenApply(JdkLink::new)
            .exceptionally(JdkTransport::explain);
    }

    private static Link explain(Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        throw cause instanceof WebSocketHandshakeException refused
            ? new CompletionException(new HandshakeRefusedException(refused.getResponse().statusCode(), refused))
            : new CompletionException(cause);
    }
}
