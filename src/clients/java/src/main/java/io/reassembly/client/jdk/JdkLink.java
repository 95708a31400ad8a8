package io.reassembly.client.jdk;

import io.reassembly.client.transport.Link;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

final class JdkLink implements Link {
    private final WebSocket socket;

    JdkLink(WebSocket socket) {
        this.socket = socket;
    }

    @Override
    public String subprotocol() {
        return socket.getSubprotocol();
    }

    @Override
    public CompletableFuture<?> sendText(String text) {
        return socket.sendText(text, true);
    }

    @Override
    public CompletableFuture<?> sendBinary(ByteBuffer frame) {
        return socket.sendBinary(frame, true);
    }

    @Override
    public CompletableFuture<?> sendClose(int code, String reason) {
        return socket.sendClose(code, reason);
    }

    @Override
    public void abort() {
        socket.abort();
    }
}
