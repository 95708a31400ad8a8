package io.reassembly.client.transport;

import java.net.URI;
import java.util.concurrent.CompletableFuture;

/** A WebSocket library, as this client needs it. The only part that knows of sockets; implement it to use another library. */
public interface Transport {
    /**
     * Opens one connection and offers one subprotocol. Does not block.
     *
     * @param endpoint a {@code ws} or {@code wss} address
     * @param request what to ask for
     * @param listener hears the connection from the moment it is open
     * @return the link; fails with a {@link HandshakeRefusedException} where an HTTP answer said no, otherwise with whatever went wrong
     */
    CompletableFuture<Link> connect(URI endpoint, LinkRequest request, LinkListener listener);
}
