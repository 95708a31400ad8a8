package io.reassembly.client;

import io.reassembly.client.internal.receiving.Receiver;
import io.reassembly.client.internal.sending.MessageIds;
import io.reassembly.client.internal.sending.Sender;
import io.reassembly.client.internal.sources.ChannelSource;
import io.reassembly.client.internal.sources.MemorySource;
import io.reassembly.client.internal.sources.PayloadSource;
import io.reassembly.client.internal.sources.ReplayableSource;
import io.reassembly.client.internal.sources.WindowSource;
import io.reassembly.client.jdk.JdkTransport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Sends large payloads as chunks that every hop lets through, and receives them. One client serves any number of sends at once, over
 * one connection that it keeps: it reconnects, asks what is durable and goes on there. For any thread.
 */
public final class ReassemblyClient implements AutoCloseable {
    private static final int COPY_BYTES = 65_536;

    private final ClientOptions options;
    private final List<URI> endpoints;
    private final Sender sender;

    private ReassemblyClient(ClientOptions options, List<URI> endpoints) {
        this.options = options.transport() == null ? options.withTransport(new JdkTransport()) : options;
        this.endpoints = List.copyOf(endpoints);
        sender = new Sender(this.options, this.endpoints);
    }

    /** As {@link #connect(List, ClientOptions)}, with one address. */
    public static ReassemblyClient connect(URI endpoint, ClientOptions options) throws IOException {
        return connect(List.of(endpoint), options);
    }

    /**
     * Connects; waits until the server has greeted.
     *
     * @param endpoints {@code ws} or {@code wss} addresses of nodes that share their messages; each attempt takes the next one
     * @throws io.reassembly.client.errors.ConnectionFailedException every endpoint refused, or none was there within the give-up time
     * @throws InterruptedIOException this thread was interrupted while it waited
     */
    public static ReassemblyClient connect(List<URI> endpoints, ClientOptions options) throws IOException {
        ReassemblyClient client = create(endpoints, options);
        try {
            return client.start().get();
        } catch (ExecutionException exception) {
            throw exception.getCause() instanceof IOException failure ? failure : new IOException(exception.getCause());
        } catch (InterruptedException exception) {
            client.close();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while connecting");
        }
    }

    /** As {@link #connect(List, ClientOptions)}, without waiting. */
    public static CompletableFuture<ReassemblyClient> connectAsync(List<URI> endpoints, ClientOptions options) {
        return create(endpoints, options).start();
    }

    /**
     * Sends a file. It can go back anywhere, so it goes on whatever the server has lost.
     *
     * @return the outcome; fails with a {@link io.reassembly.client.errors.ReassemblyException}. Cancelling it aborts the message
     */
    public CompletableFuture<Outcome> send(Path file, SendOptions send) throws IOException {
        return send.encoding() == null
            ? start(ChannelSource.open(file), send)
            : stream(Files.newInputStream(file), true, send);
    }

    /** Sends what a channel has from where it stands. It stays the caller's, who leaves it alone until the future ends. */
    public CompletableFuture<Outcome> send(SeekableByteChannel channel, SendOptions send) throws IOException {
        if (send.encoding() != null) {
            return stream(Channels.newInputStream(channel), false, send);
        }

        return start(ChannelSource.of(channel), send);
    }

    /** Sends bytes; the caller leaves them as they are until the future ends. */
    public CompletableFuture<Outcome> send(byte[] payload, SendOptions send) {
        return send.encoding() == null
            ? start(new MemorySource(payload), send)
            : stream(new ByteArrayInputStream(payload), false, send);
    }

    /**
     * Sends a stream to its end, of whatever size. It is read ahead on a thread of its own by {@code maxUnackedBytes} at most; what the
     * server has made durable is let go of. It stays the caller's, who leaves it alone until the future ends.
     */
    public CompletableFuture<Outcome> send(InputStream stream, SendOptions send) {
        return stream(stream, false, send);
    }

    /**
     * Receives the messages of a channel, each by one subscriber, at least once; over a connection of its own.
     *
     * @param channel 1 to 255 characters
     */
    public Subscription subscribe(String channel, SubscribeOptions subscribe) {
        return new Subscription(new Receiver(options, endpoints, channel, subscribe), subscribe);
    }

    /** Ends all sends that are under way, and the connection. Subscriptions are closed on their own. */
    @Override
    public void close() {
        sender.close();
    }

    private static ReassemblyClient create(List<URI> endpoints, ClientOptions options) {
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("at least one endpoint is needed");
        }

        for (URI endpoint : endpoints) {
            if (!"ws".equals(endpoint.getScheme()) && !"wss".equals(endpoint.getScheme())) {
                throw new IllegalArgumentException("'" + endpoint + "' is not an absolute ws:// or wss:// address");
            }
        }

        return new ReassemblyClient(options, endpoints);
    }

    private CompletableFuture<ReassemblyClient> start() {
        return sender.start().thenApply(nothing -> this);
    }

    private CompletableFuture<Outcome> stream(InputStream stream, boolean isOwned, SendOptions send) {
        PayloadSource source = new WindowSource(window -> fill(window, stream, isOwned, send.encoding()), options.maxUnackedBytes(), sender::wake);
        return start(source, null, send);
    }

    private CompletableFuture<Outcome> start(ReplayableSource source, SendOptions send) {
        return start(source, source.view().size(), send);
    }

    private CompletableFuture<Outcome> start(PayloadSource source, Long size, SendOptions send) {
        UUID id = send.id() == null ? MessageIds.next() : send.id();
        return sender.send(id, send, source, size);
    }

    private static void fill(OutputStream window, InputStream stream, boolean isOwned, Encoding encoding) throws IOException {
        try (OutputStream target = encoding == null ? window : encoding.compress(window)) {
            byte[] buffer = new byte[COPY_BYTES];
            for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                target.write(buffer, 0, count);
            }
        } finally {
            if (isOwned) {
                stream.close();
            }
        }
    }
}
