package io.reassembly.client.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** Forwards connections; cuts the first ones, without a close frame, after a number of bytes in one direction. */
public final class CuttingProxy implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final long cutAfterBytes;
    private final AtomicInteger cutsLeft;

    public CuttingProxy(int target, int cuts, long cutAfterBytes) throws IOException {
        this.target = target;
        this.cutAfterBytes = cutAfterBytes;
        cutsLeft = new AtomicInteger(cuts);
        start(this::accept);
    }

    public URI uri() {
        return URI.create("ws://127.0.0.1:" + listener.getLocalPort() + "/ws");
    }

    /** How many connections it has still to cut. */
    public int cutsLeft() {
        return cutsLeft.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            start(() -> forward(client));
        }
    }

    private void forward(Socket client) throws IOException {
        try (client; Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            start(() -> {
                try (server; client) {
                    copy(server, client);
                }
            });
            copy(client, server);
        }
    }

    private void copy(Socket from, Socket to) throws IOException {
        byte[] buffer = new byte[16_384];
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        long bytes = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
            bytes += count;
            if (bytes >= cutAfterBytes && cutsLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return;
            }
        }

        to.shutdownOutput();
    }

    private static void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException exception) {
                // One side is gone, and the other follows.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private interface Work {
        void run() throws IOException;
    }
}
