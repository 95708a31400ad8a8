import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reassembly.client.ClientOptions;
import io.reassembly.client.Encoding;
import io.reassembly.client.Outcome;
import io.reassembly.client.ReassemblyClient;
import io.reassembly.client.ReceivedMessage;
import io.reassembly.client.SendOptions;
import io.reassembly.client.SubscribeOptions;
import io.reassembly.client.Subscription;
import io.reassembly.client.errors.MessageLostException;
import io.reassembly.client.transport.Transport;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/** The commands of an interop driver, for any library: one line of JSON as the last line of standard output. */
final class Driver {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_MS = 60_000;

    private final Supplier<Map<String, String>> versions;
    private final Supplier<Transport> transport;
    private final PlainSocket.Library library;
    private final RawSender raw;
    private final JsonSender json;
    private final int wholeFragmentBytes;

    /** One of {@code plain/}: a file as one message in fragments. */
    interface RawSender {
        String send(URI server, Path file, int fragmentBytes) throws Exception;
    }

    /** One of {@code plain/}: a file as JSON chunks. */
    interface JsonSender {
        String send(URI server, Path file, String channel) throws Exception;
    }

    /** @param wholeFragmentBytes bytes of a frame of {@code raw} where nobody asks for fragments */
    Driver(
        Supplier<Map<String, String>> versions, Supplier<Transport> transport, PlainSocket.Library library, RawSender raw, JsonSender json,
        int wholeFragmentBytes) {
        this.versions = versions;
        this.transport = transport;
        this.library = library;
        this.raw = raw;
        this.json = json;
        this.wholeFragmentBytes = wholeFragmentBytes;
    }

    void run(String[] args) {
        int code = 0;
        Object answer;
        try {
            answer = execute(args.length == 0 ? "" : args[0], Arguments.parse(args));
        } catch (Exception | StackOverflowError failure) {
            // Tomcat's client calls itself for each 8 KiB of a frame, and a frame of 64 MiB is too deep.
            code = 1;
            System.err.println(failure);
            answer = Map.of("error", failure.getMessage() == null ? failure.toString() : failure.getMessage());
        }

        System.out.println(answer instanceof String text ? text : JSON.valueToTree(answer).toString());
        System.out.flush();
        System.exit(code);
    }

    private Object execute(String command, Arguments options) throws Exception {
        return switch (command) {
            case "versions" -> versions.get();
            case "send" -> send(options);
            case "receive" -> receive(options);
            case "raw" -> raw.send(options.uri("url"), options.path("file"), options.number("fragment", wholeFragmentBytes));
            case "json" -> json.send(options.uri("url"), options.path("file"), options.text("channel", "default"));
            case "oversize" -> oversize(options);
            case "flood" -> flood(options);
            case "deflate" -> deflate(options);
            default -> throw new IllegalArgumentException("unknown command '" + command + "'");
        };
    }

    private Object send(Arguments options) throws Exception {
        SendOptions send = SendOptions.defaults()
            .withChannel(options.text("channel", "default"))
            .withCheckDigest(true)
            .withProgress(progress -> {
                if (progress.detail() != null) {
                    System.err.println(progress.detail());
                }
            });
        if (options.has("id")) {
            send = send.withId(UUID.fromString(options.text("id")));
        }

        send = switch (options.text("encoding", "identity")) {
            case "identity" -> send;
            case "gzip" -> send.withEncoding(Encoding.GZIP);
            default -> throw new IllegalArgumentException("the JDK has no encoder for " + options.text("encoding"));
        };
        try (ReassemblyClient client = ReassemblyClient.connect(options.uri("url"), ClientOptions.defaults().withTransport(transport.get()))) {
            long started = System.nanoTime();
            Outcome outcome = client.send(options.path("file"), send).get();
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("id", outcome.id());
            answer.put("state", "committed");
            answer.put("size", outcome.size());
            answer.put("sha256", outcome.sha256());
            answer.put("connections", outcome.connections());
            answer.put("sentBytes", outcome.sentBytes());
            answer.put("seconds", secondsSince(started));
            return answer;
        }
    }

    private Object receive(Arguments options) throws Exception {
        ClientOptions client = ClientOptions.defaults().withTransport(transport.get()).withReceiveFrameBytes(options.number("frame-bytes", 65_536));
        try (ReassemblyClient connected = ReassemblyClient.connect(options.uri("url"), client);
            Subscription subscription = connected.subscribe(options.text("channel"), SubscribeOptions.defaults())) {
            while (true) {
                try (ReceivedMessage message = subscription.take()) {
                    Files.copy(message.body(), options.path("out"), StandardCopyOption.REPLACE_EXISTING);
                    message.complete();
                    return Map.of("id", message.id(), "size", message.size(), "sha256", message.sha256(), "attempt", message.attempt());
                } catch (MessageLostException lost) {
                    // It comes again.
                    System.err.println(lost.getMessage());
                }
            }
        }
    }

    private Object oversize(Arguments options) throws Exception {
        int count = options.number("count", 1000);
        try (PlainSocket socket = library.open(options.uri("url"), false)) {
            PlainSocket.End end = null;
            for (int sent = 0; sent < count && end == null; sent++) {
                try {
                    socket.sendBinary(ByteBuffer.allocate(options.number("bytes")));
                } catch (IOException exception) {
                    System.err.println("a send failed: " + exception.getMessage());
                    break;
                }

                end = socket.awaitEnd(0);
            }

            end = end == null ? socket.awaitEnd(PATIENCE_MS) : end;
            if (end == null) {
                throw new IOException("not closed within " + PATIENCE_MS / 1000 + " s");
            }

            return Map.of("code", end.code(), "reason", String.valueOf(end.reason()));
        }
    }

    private Object flood(Arguments options) throws Exception {
        int frameBytes = options.number("frame-bytes");
        try (PlainSocket socket = library.open(options.uri("url"), false); FileChannel file = FileChannel.open(options.path("file"))) {
            ByteBuffer frame = ByteBuffer.allocate(frameBytes);
            long bytes = 0;
            long started = System.nanoTime();
            while (file.read(frame) >= 0 || frame.position() > 0) {
                if (frame.hasRemaining() && file.position() < file.size()) {
                    continue;
                }

                bytes += frame.flip().remaining();
                socket.sendBinary(frame);
                frame.clear();
            }

            socket.sendText("done");
            if (socket.takeText(PATIENCE_MS) == null) {
                throw new IOException("no answer to 'done'");
            }

            return Map.of("seconds", secondsSince(started), "bytes", bytes);
        }
    }

    private Object deflate(Arguments options) throws Exception {
        try (PlainSocket socket = library.open(options.uri("url"), true)) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("negotiated", socket.isDeflateNegotiated());
            try {
                socket.sendBinary(ByteBuffer.allocate(options.number("bytes")));
            } catch (IOException exception) {
                System.err.println("the send failed: " + exception.getMessage());
            }

            String text = socket.takeText(PATIENCE_MS);
            while (isWelcome(text)) {
                text = socket.takeText(PATIENCE_MS);
            }

            PlainSocket.End end = socket.awaitEnd(text == null ? PATIENCE_MS : 0);
            answer.put("code", end == null ? null : end.code());
            answer.put("reason", end == null ? null : end.reason());
            answer.put("answer", text);
            return answer;
        }
    }

    private static boolean isWelcome(String text) throws IOException {
        JsonNode message = text == null ? null : JSON.readTree(text);
        return message != null && "welcome".equals(message.path("type").asText());
    }

    private static double secondsSince(long startedNanos) {
        return (System.nanoTime() - startedNanos) / 1e9;
    }
}
