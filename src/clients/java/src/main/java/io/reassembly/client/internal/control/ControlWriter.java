package io.reassembly.client.internal.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.UUID;

/** Writes what a client says (wire contract, section 3). */
public final class ControlWriter {
    private static final JsonFactory JSON = new JsonFactory();

    private ControlWriter() {
    }

    public static String hello(int receiveFrameBytes, String client) {
        return write("hello", json -> {
            json.writeNumberField("receiveFrameBytes", receiveFrameBytes);
            json.writeStringField("client", client);
        });
    }

    /** What is null is left out. */
    public static String open(
        UUID id, Long size, String sha256, String channel, String contentType, String contentEncoding, Map<String, String> headers, Long ttlSeconds) {
        return write("open", json -> {
            json.writeStringField("id", id.toString());
            writeNumber(json, "size", size);
            writeText(json, "sha256", sha256);
            writeText(json, "channel", channel);
            writeText(json, "contentType", contentType);
            writeText(json, "contentEncoding", contentEncoding);
            if (!headers.isEmpty()) {
                json.writeObjectFieldStart("headers");
                for (Map.Entry<String, String> header : headers.entrySet()) {
                    json.writeStringField(header.getKey(), header.getValue());
                }

                json.writeEndObject();
            }

            writeNumber(json, "ttlSeconds", ttlSeconds);
        });
    }

    public static String status(UUID id) {
        return write("status", json -> json.writeStringField("id", id.toString()));
    }

    public static String abort(UUID id) {
        return write("abort", json -> json.writeStringField("id", id.toString()));
    }

    public static String subscribe(String channel, int inFlight) {
        return write("subscribe", json -> {
            json.writeStringField("channel", channel);
            json.writeNumberField("inFlight", inFlight);
        });
    }

    public static String delivered(UUID id) {
        return write("delivered", json -> json.writeStringField("id", id.toString()));
    }

    /** @param afterMs milliseconds to wait at least; null leaves it to the server */
    public static String retry(UUID id, Long afterMs) {
        return write("retry", json -> {
            json.writeStringField("id", id.toString());
            writeNumber(json, "afterMs", afterMs);
        });
    }

    public static String ping() {
        return write("ping", json -> json.writeNumberField("nonce", 0));
    }

    private static void writeText(JsonGenerator json, String name, String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    private static void writeNumber(JsonGenerator json, String name, Long value) throws IOException {
        if (value != null) {
            json.writeNumberField(name, value);
        }
    }

    private static String write(String type, Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("type", type);
            fields.write(json);
            json.writeEndObject();
        } catch (IOException exception) {
            throw new UncheckedIOException("a StringWriter does not fail", exception);
        }

        return text.toString();
    }

    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }
}
