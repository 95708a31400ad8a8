package io.reassembly.client;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/** What a message is. Immutable: each {@code with…} gives a changed copy. Null means: not said. */
public final class SendOptions implements Cloneable {
    private static final int MAX_NAME_CHARS = 255;

    private UUID id;
    private String channel;
    private String contentType;
    private Map<String, String> headers = Map.of();
    private Duration timeToLive;
    private Encoding encoding;
    private String sha256;
    private Boolean checkDigest;
    private Consumer<SendProgress> progress = progress -> { };

    private SendOptions() {
    }

    public static SendOptions defaults() {
        return new SendOptions();
    }

    /**
     * The id of the message; a new version 7 UUID unless set. A send with an id of its own asks the server first where that message
     * stands and sends only what is missing: so an interrupted send goes on in another process.
     */
    public SendOptions withId(UUID value) {
        return with(copy -> copy.id = value);
    }

    /** Where it is delivered, 1 to 255 characters; the server's {@code default} unless set. */
    public SendOptions withChannel(String value) {
        requireShort("channel", value);
        return with(copy -> copy.channel = value);
    }

    /** Media type; handed on, never interpreted. */
    public SendOptions withContentType(String value) {
        requireShort("contentType", value);
        return with(copy -> copy.contentType = value);
    }

    /** Further headers; handed on, never interpreted. */
    public SendOptions withHeaders(Map<String, String> value) {
        return with(copy -> copy.headers = Map.copyOf(value));
    }

    /** Time after which the server gives an unfinished message up, in whole seconds, rounded up; can only shorten the server's own limit. */
    public SendOptions withTimeToLive(Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException("timeToLive must be above zero");
        }

        return with(copy -> copy.timeToLive = value);
    }

    /** Compresses before cutting. The size on the wire is then not known before the end, and what was not acked is kept in memory. */
    public SendOptions withEncoding(Encoding value) {
        return with(copy -> copy.encoding = value);
    }

    /**
     * SHA-256 of the payload, 64 lower-case hex digits, where the caller has it: the server then refuses other bytes, and the client
     * computes none of its own unless asked to. Not together with an encoding.
     */
    public SendOptions withSha256(String value) {
        if (!value.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("sha256 must be 64 lower-case hex digits");
        }

        return with(copy -> copy.sha256 = value);
    }

    /**
     * Whether to compute the SHA-256 here too and compare it with what was committed, which costs most of the processor time of a large
     * send. Unless set, a payload of at most 16 MiB as sent is compared, and any with an id of its own, since part of such a message may have come
     * from elsewhere; not with a SHA-256 that is announced, which the server compares. The server has checked the CRC-32C of every chunk in
     * either case, and the outcome carries the SHA-256 that it computed.
     */
    public SendOptions withCheckDigest(boolean value) {
        return with(copy -> copy.checkDigest = value);
    }

    /** Hears how the send goes, on the client's own thread: return at once. */
    public SendOptions withProgress(Consumer<SendProgress> value) {
        return with(copy -> copy.progress = value);
    }

    public UUID id() {
        return id;
    }

    public String channel() {
        return channel;
    }

    public String contentType() {
        return contentType;
    }

    public Map<String, String> headers() {
        return headers;
    }

    public Duration timeToLive() {
        return timeToLive;
    }

    public Encoding encoding() {
        return encoding;
    }

    public String sha256() {
        return sha256;
    }

    public Boolean checkDigest() {
        return checkDigest;
    }

    public Consumer<SendProgress> progress() {
        return progress;
    }

    private SendOptions with(Consumer<SendOptions> change) {
        try {
            SendOptions copy = (SendOptions) clone();
            change.accept(copy);
            if (copy.sha256 != null && copy.encoding != null) {
                throw new IllegalArgumentException("a digest announced up front is that of the bytes sent, which compression changes: give one or the other");
            }

            return copy;
        } catch (CloneNotSupportedException exception) {
            throw new IllegalStateException("this class can be cloned", exception);
        }
    }

    private static void requireShort(String name, String value) {
        if (value.isEmpty() || value.length() > MAX_NAME_CHARS || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(name + " must have 1 to 255 characters and no control characters");
        }
    }
}
