package io.reassembly.client;

import io.reassembly.client.jdk.JdkTransport;
import io.reassembly.client.transport.Transport;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** How a client behaves. Immutable: each {@code with…} gives a changed copy. */
public final class ClientOptions implements Cloneable {
    private static final int MIN_RECEIVE_FRAME_BYTES = 256;
    private static final int MIN_UNACKED_BYTES = 65_536;
    private static final int MAX_NAME_CHARS = 255;

    private Transport transport;
    private Map<String, String> headers = Map.of();
    private String clientName = "reassembly-java/0.1";
    private int receiveFrameBytes = 65_536;
    private int chunkBytes = Integer.MAX_VALUE;
    private int maxUnackedBytes = 8 << 20;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration backoffBase = Duration.ofMillis(100);
    private Duration backoffCap = Duration.ofSeconds(10);
    private Duration giveUpAfter = Duration.ofMinutes(2);
    private Duration ackTimeout = Duration.ofSeconds(5);
    private Duration silenceTimeout = Duration.ofSeconds(30);
    private Duration closeTimeout = Duration.ofSeconds(2);

    private ClientOptions() {
    }

    public static ClientOptions defaults() {
        return new ClientOptions();
    }

    /** The WebSocket library to use; {@link JdkTransport} unless set. */
    public ClientOptions withTransport(Transport value) {
        return with(copy -> copy.transport = Objects.requireNonNull(value));
    }

    /** HTTP headers of every upgrade request, such as {@code Authorization}. */
    public ClientOptions withHeaders(Map<String, String> value) {
        return with(copy -> copy.headers = Map.copyOf(value));
    }

    /** Name and version told to the server, for its logs; 1 to 255 characters. */
    public ClientOptions withClientName(String value) {
        require(!value.isEmpty() && value.length() <= MAX_NAME_CHARS, "clientName must have 1 to 255 characters");
        return with(copy -> copy.clientName = value);
    }

    /** Largest WebSocket message, in bytes, that this client takes: at least 256; 65,536 unless set. */
    public ClientOptions withReceiveFrameBytes(int value) {
        require(value >= MIN_RECEIVE_FRAME_BYTES, "receiveFrameBytes must be at least 256");
        return with(copy -> copy.receiveFrameBytes = value);
    }

    /** Payload bytes of a chunk, when smaller than what the server takes; for hops with lower limits of their own. */
    public ClientOptions withChunkBytes(int value) {
        require(value >= 1, "chunkBytes must be at least 1");
        return with(copy -> copy.chunkBytes = value);
    }

    /** Bytes of one message that may be sent and not yet durable; what a stream keeps in memory. At least 64 KiB; 8 MiB unless set. */
    public ClientOptions withMaxUnackedBytes(int value) {
        require(value >= MIN_UNACKED_BYTES, "maxUnackedBytes must be at least 65536");
        return with(copy -> copy.maxUnackedBytes = value);
    }

    /** Time for one attempt: TCP, TLS, upgrade and {@code welcome}; 10 s unless set. */
    public ClientOptions withConnectTimeout(Duration value) {
        requirePositive(value);
        return with(copy -> copy.connectTimeout = value);
    }

    /** The first wait after a loss is a random time up to {@code base}, each further one up to twice as long, {@code cap} at most; 100 ms and 10 s unless set. */
    public ClientOptions withBackoff(Duration base, Duration cap) {
        requirePositive(base);
        require(cap.compareTo(base) >= 0, "the cap is below the base");
        return with(copy -> {
            copy.backoffBase = base;
            copy.backoffCap = cap;
        });
    }

    /** How long to go on trying while not one byte more becomes durable; in receiving, while there is no connection. 2 minutes unless set. */
    public ClientOptions withGiveUpAfter(Duration value) {
        requirePositive(value);
        return with(copy -> copy.giveUpAfter = value);
    }

    /** Silence about a message, while something of it is on its way, after which the server is asked where it stands; 5 s unless set. */
    public ClientOptions withAckTimeout(Duration value) {
        requirePositive(value);
        return with(copy -> copy.ackTimeout = value);
    }

    /** Silence of a connection whose server owes something, after which it is given up for another one; 30 s unless set. */
    public ClientOptions withSilenceTimeout(Duration value) {
        requirePositive(value);
        return with(copy -> copy.silenceTimeout = value);
    }

    /** Longest time that a server has for its close frame when this client closes; 2 s unless set. */
    public ClientOptions withCloseTimeout(Duration value) {
        requirePositive(value);
        return with(copy -> copy.closeTimeout = value);
    }

    /** @return the transport that was set; null where the client is to make its own */
    public Transport transport() {
        return transport;
    }

    public Map<String, String> headers() {
        return headers;
    }

    public String clientName() {
        return clientName;
    }

    public int receiveFrameBytes() {
        return receiveFrameBytes;
    }

    public int chunkBytes() {
        return chunkBytes;
    }

    public int maxUnackedBytes() {
        return maxUnackedBytes;
    }

    public Duration connectTimeout() {
        return connectTimeout;
    }

    public Duration backoffBase() {
        return backoffBase;
    }

    public Duration backoffCap() {
        return backoffCap;
    }

    public Duration giveUpAfter() {
        return giveUpAfter;
    }

    public Duration ackTimeout() {
        return ackTimeout;
    }

    public Duration silenceTimeout() {
        return silenceTimeout;
    }

    public Duration closeTimeout() {
        return closeTimeout;
    }

    private ClientOptions with(Consumer<ClientOptions> change) {
        try {
            ClientOptions copy = (ClientOptions) clone();
            change.accept(copy);
            return copy;
        } catch (CloneNotSupportedException exception) {
            throw new IllegalStateException("this class can be cloned", exception);
        }
    }

    private static void requirePositive(Duration value) {
        require(!value.isNegative() && !value.isZero(), "a time must be above zero");
    }

    private static void require(boolean holds, String sentence) {
        if (!holds) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
