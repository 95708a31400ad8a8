package io.reassembly.client.internal.control;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.reassembly.client.Vectors;
import io.reassembly.client.errors.LimitDetail;
import io.reassembly.client.errors.ServerError;
import io.reassembly.client.internal.frames.ByteRange;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;

@RunWith(Parameterized.class)
public class ControlVectorTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final DateTimeFormatter WIRE_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final JsonNode vector;

    public ControlVectorTest(String name, JsonNode vector) {
        this.vector = vector;
    }

    // Vectors in hex are no UTF-8: a WebSocket library fails on such text before a client sees it.
    @Parameters(name = "{0}")
    public static List<Object[]> rows() throws IOException {
        List<Object[]> rows = Vectors.rows("control-server.json");
        rows.removeIf(row -> !((JsonNode) row[1]).has("text"));
        return rows;
    }

    @Test
    public void text_is_read_as_the_vector_says() throws Exception {
        String text = vector.get("text").asText();
        if (vector.has("error")) {
            Exception refusal = assertThrows(MalformedException.class, () -> ControlReader.read(text));
            assertEquals(vector.get("error").asText(), refusal instanceof UnknownTypeException ? "UNKNOWN_TYPE" : "BAD_JSON");
            return;
        }

        assertEquals(normalize(vector.get("message")), normalize(show(ControlReader.read(text))));
    }

    // 1 and 1L are the same number in JSON; derived and default limits are the reader's own.
    private static JsonNode normalize(JsonNode node) throws IOException {
        JsonNode copy = JSON.readTree(JSON.writeValueAsString(node));
        if (copy.get("limits") instanceof ObjectNode limits) {
            limits.remove("chunkBytes");
        }

        return copy;
    }

    private static JsonNode show(ServerMessage message) {
        ObjectNode json = JSON.createObjectNode();
        if (message instanceof ServerMessage.Welcome welcome) {
            json.put("type", "welcome").put("protocol", welcome.protocol()).put("connection", welcome.connection());
            json.put("node", welcome.node()).put("durability", welcome.durability()).putPOJO("limits", JSON.valueToTree(welcome.limits()));
        } else if (message instanceof ServerMessage.Ack ack) {
            json.put("type", "ack").put("id", ack.id().toString()).put("durable", ack.durable()).put("credit", ack.credit());
            ArrayNode missing = json.putArray("missing");
            for (ByteRange range : ack.missing()) {
                missing.addArray().add(range.from()).add(range.to());
            }

            putText(json, "expiresAt", ack.expiresAt() == null ? null : WIRE_TIME.format(ack.expiresAt()));
        } else if (message instanceof ServerMessage.Ended ended) {
            json.put("type", "outcome").put("id", ended.id().toString()).put("state", ended.state().wireName());
            putNumber(json, "size", ended.size());
            putText(json, "sha256", ended.sha256());
            if (ended.error() != null) {
                ObjectNode error = json.putObject("error");
                error.put("code", ended.error().code().name()).put("message", ended.error().message());
                putLimit(error, ended.error().limit());
            }
        } else if (message instanceof ServerMessage.Failed failed) {
            putError(json, failed.error());
        } else if (message instanceof ServerMessage.GoAway goAway) {
            json.put("type", "goaway").put("reason", goAway.reason()).put("graceMs", goAway.graceMs());
        } else if (message instanceof ServerMessage.Payload payload) {
            json.put("type", "message").put("id", payload.id().toString()).put("channel", payload.channel());
            json.put("size", payload.size()).put("sha256", payload.sha256()).put("attempt", payload.attempt());
            putText(json, "contentType", payload.contentType());
            putText(json, "contentEncoding", payload.contentEncoding());
            if (payload.headers() != null) {
                ObjectNode headers = json.putObject("headers");
                for (Map.Entry<String, String> header : payload.headers().entrySet()) {
                    headers.put(header.getKey(), header.getValue());
                }
            }
        } else if (message instanceof ServerMessage.Pong pong) {
            json.put("type", "pong").putPOJO("nonce", pong.nonce() instanceof JsonObject object ? object.fields() : pong.nonce());
        }

        return json;
    }

    private static void putError(ObjectNode json, ServerError error) {
        json.put("type", "error").put("code", error.code().name()).put("scope", error.scope().name().toLowerCase(Locale.ROOT));
        putText(json, "id", error.id() == null ? null : error.id().toString());
        json.put("retryable", error.retryable()).put("message", error.message());
        putNumber(json, "retryAfterMs", error.retryAfterMs() == 0 ? null : error.retryAfterMs());
        putLimit(json, error.limit());
    }

    private static void putLimit(ObjectNode json, LimitDetail limit) {
        if (limit != null) {
            ObjectNode shown = json.putObject("limit");
            putText(shown, "name", limit.name());
            putNumber(shown, "max", limit.max());
            putNumber(shown, "actual", limit.actual());
            putText(shown, "hop", limit.hop());
        }
    }

    private static void putText(ObjectNode json, String name, String value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static void putNumber(ObjectNode json, String name, Long value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
