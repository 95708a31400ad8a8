package io.reassembly.client.internal.control;

import io.reassembly.client.errors.ErrorCode;
import io.reassembly.client.errors.LimitDetail;
import io.reassembly.client.errors.ServerError;
import io.reassembly.client.internal.frames.ByteRange;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads what a server says. */
public final class ControlReader {
    private static final int MAX_MISSING_RANGES = 64;
    private static final Set<String> DURABILITIES = Set.of("memory", "disk", "database");
    private static final Set<String> ENCODINGS = Set.of("identity", "gzip", "br");

    private ControlReader() {
    }

    /**
     * @param text the whole text of one WebSocket message
     * @throws UnknownTypeException of a type that this version does not know
     * @throws MalformedException not of the form of the contract
     */
    public static ServerMessage read(String text) throws MalformedException {
        JsonObject object = JsonObject.parse(text);
        String type = object.text("type");
        return switch (type) {
            case "welcome" -> readWelcome(object);
            case "ack" -> readAck(object);
            case "outcome" -> readOutcome(object);
            case "error" -> new ServerMessage.Failed(readError(object));
            case "goaway" -> new ServerMessage.GoAway(object.text("reason"), object.number("graceMs", 0));
            case "message" -> readPayload(object);
            case "pong" -> new ServerMessage.Pong(object.any("nonce"));
            default -> throw new UnknownTypeException(type);
        };
    }

    private static ServerMessage readWelcome(JsonObject object) throws MalformedException {
        String durability = object.text("durability");
        require(DURABILITIES.contains(durability), "durability is not known");
        return new ServerMessage.Welcome(
            object.text("protocol"), object.text("connection"), object.text("node"), durability, Limits.read(object.object("limits")));
    }

    private static ServerMessage readAck(JsonObject object) throws MalformedException {
        List<ByteRange> missing = new ArrayList<>();
        long from = 0;
        for (Object item : object.list("missing")) {
            require(item instanceof List<?> pair && pair.size() == 2, "missing is a list of [from, to) pairs");
            List<?> pair = (List<?>) item;
            ByteRange range = new ByteRange(JsonObject.toNumber("missing", pair.get(0), from), JsonObject.toNumber("missing", pair.get(1), 0));
            require(range.length() > 0, "a missing range ends above its beginning");
            from = range.to();
            missing.add(range);
        }

        require(missing.size() <= MAX_MISSING_RANGES, "missing has more than 64 ranges");
        Instant expiresAt = readTime(object.optionalText("expiresAt"));
        return new ServerMessage.Ack(object.id("id"), object.number("durable", 0), missing, object.number("credit", 0), expiresAt);
    }

    private static ServerMessage readOutcome(JsonObject object) throws MalformedException {
        JsonObject error = object.optionalObject("error");
        ServerMessage.EndError detail = error == null
            ? null
            : new ServerMessage.EndError(readCode(error), error.text("message"), readLimit(error));
        return new ServerMessage.Ended(
            object.id("id"), object.oneOf("state", EndState.class, EndState::wireName), object.optionalNumber("size", 0), object.optionalSha256("sha256"), detail);
    }

    private static ServerError readError(JsonObject object) throws MalformedException {
        Long retryAfterMs = object.optionalNumber("retryAfterMs", 0);
        return new ServerError(
            readCode(object),
            object.oneOf("scope", ServerError.Scope.class, scope -> scope.name().toLowerCase(Locale.ROOT)),
            object.optionalId("id"),
            object.flag("retryable"),
            retryAfterMs == null ? 0 : retryAfterMs,
            readLimit(object),
            object.text("message"));
    }

    private static ServerMessage readPayload(JsonObject object) throws MalformedException {
        String channel = object.optionalShortText("channel");
        String sha256 = object.optionalSha256("sha256");
        String encoding = object.optionalText("contentEncoding");
        require(channel != null && sha256 != null, "channel and sha256 are needed");
        require(encoding == null || ENCODINGS.contains(encoding), "contentEncoding is not known");
        return new ServerMessage.Payload(
            object.id("id"), channel, object.number("size", 0), sha256, object.optionalShortText("contentType"), encoding,
            object.optionalTexts("headers"), object.number("attempt", 1));
    }

    private static ErrorCode readCode(JsonObject object) throws MalformedException {
        return object.oneOf("code", ErrorCode.class, ErrorCode::name);
    }

    private static LimitDetail readLimit(JsonObject object) throws MalformedException {
        JsonObject limit = object.optionalObject("limit");
        return limit == null
            ? null
            : new LimitDetail(limit.optionalText("name"), limit.optionalNumber("max", 0), limit.optionalNumber("actual", 0), limit.optionalText("hop"));
    }

    private static Instant readTime(String text) throws MalformedException {
        try {
            if (text == null || text.endsWith("Z")) {
                return text == null ? null : Instant.parse(text);
            }
        } catch (DateTimeException exception) {
            // Answered below.
        }

        throw new MalformedException("expiresAt is an ISO 8601 time in UTC");
    }

    private static void require(boolean holds, String sentence) throws MalformedException {
        if (!holds) {
            throw new MalformedException(sentence);
        }
    }
}
