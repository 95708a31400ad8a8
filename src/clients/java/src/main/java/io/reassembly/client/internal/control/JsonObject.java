package io.reassembly.client.internal.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * One JSON object with the forms of the wire contract: a getter either gives a value of its form or throws
 * {@link MalformedException}. Fields that nobody asks for may hold anything.
 */
final class JsonObject {
    /** 2^53 - 1: the largest whole number that every JSON reader keeps. */
    static final long MAX_SAFE_INTEGER = (1L << 53) - 1;

    private static final int MAX_DEPTH = 16;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, Object> fields = new LinkedHashMap<>();
    private final Set<String> repeated = new HashSet<>();

    private JsonObject() {
    }

    /** Reads a text that is exactly one object, at most 16 levels deep. */
    static JsonObject parse(String text) throws MalformedException {
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedException("a control message is one JSON object");
            }

            JsonObject object = readObject(parser, 1);
            if (parser.nextToken() != null) {
                throw new MalformedException("something follows the JSON object");
            }

            return object;
        } catch (JsonProcessingException exception) {
            throw new MalformedException("not JSON: " + exception.getOriginalMessage());
        } catch (IOException exception) {
            throw new MalformedException("not JSON: " + exception.getMessage());
        }
    }

    /** What was read, under each name the last one. */
    Map<String, Object> fields() {
        return fields;
    }

    /** The value as it was read, where any will do; null is a value. */
    Object any(String name) throws MalformedException {
        if (!fields.containsKey(name)) {
            throw new MalformedException(name + " is missing");
        }

        return once(name);
    }

    String text(String name) throws MalformedException {
        return orMissing(name, optionalText(name));
    }

    String optionalText(String name) throws MalformedException {
        Object value = once(name);
        if (value == null) {
            return null;
        }

        if (!(value instanceof String text) || hasLoneSurrogate(text)) {
            throw new MalformedException(name + " must be a string");
        }

        return text;
    }

    /** A string of 1 to 255 characters without control characters; null where there is none. */
    String optionalShortText(String name) throws MalformedException {
        String text = optionalText(name);
        if (text != null && (text.isEmpty() || text.length() > 255 || text.chars().anyMatch(Character::isISOControl))) {
            throw new MalformedException(name + " must have 1 to 255 characters and no control characters");
        }

        return text;
    }

    boolean flag(String name) throws MalformedException {
        if (orMissing(name, once(name)) instanceof Boolean flag) {
            return flag;
        }

        throw new MalformedException(name + " must be true or false");
    }

    long number(String name, long min) throws MalformedException {
        return orMissing(name, optionalNumber(name, min));
    }

    Long optionalNumber(String name, long min) throws MalformedException {
        Object value = once(name);
        return value == null ? null : (Long) toNumber(name, value, min);
    }

    long numberOr(String name, long min, long otherwise) throws MalformedException {
        // A limit that is named must be one: null is none.
        return fields.containsKey(name) ? toNumber(name, once(name), min) : otherwise;
    }

    UUID id(String name) throws MalformedException {
        return orMissing(name, optionalId(name));
    }

    UUID optionalId(String name) throws MalformedException {
        String text = optionalText(name);
        try {
            UUID id = text == null ? null : UUID.fromString(text);
            if (id == null || id.toString().equals(text)) {
                return id;
            }
        } catch (IllegalArgumentException exception) {
            // Answered below, like what Java's reader would take and the contract does not.
        }

        throw new MalformedException(name + " must be a UUID in canonical lower case");
    }

    String optionalSha256(String name) throws MalformedException {
        String text = optionalText(name);
        if (text != null && !SHA256.matcher(text).matches()) {
            throw new MalformedException(name + " must be 64 lower-case hex digits");
        }

        return text;
    }

    <E extends Enum<E>> E oneOf(String name, Class<E> type, Function<E, String> wireName) throws MalformedException {
        String text = text(name);
        for (E constant : type.getEnumConstants()) {
            if (wireName.apply(constant).equals(text)) {
                return constant;
            }
        }

        throw new MalformedException(name + " '" + text + "' is not known");
    }

    JsonObject object(String name) throws MalformedException {
        return orMissing(name, optionalObject(name));
    }

    JsonObject optionalObject(String name) throws MalformedException {
        Object value = once(name);
        if (value == null || value instanceof JsonObject) {
            return (JsonObject) value;
        }

        throw new MalformedException(name + " must be an object");
    }

    List<?> list(String name) throws MalformedException {
        if (orMissing(name, once(name)) instanceof List<?> list) {
            return list;
        }

        throw new MalformedException(name + " must be an array");
    }

    /** An object of strings, each name once; null where there is none. */
    Map<String, String> optionalTexts(String name) throws MalformedException {
        JsonObject object = optionalObject(name);
        if (object == null) {
            return null;
        }

        Map<String, String> texts = new LinkedHashMap<>();
        for (String key : object.fields.keySet()) {
            texts.put(key, object.text(key));
        }

        return texts;
    }

    static long toNumber(String name, Object value, long min) throws MalformedException {
        if (value instanceof Long number && number >= min && number <= MAX_SAFE_INTEGER) {
            return number;
        }

        throw new MalformedException(name + " must be a whole number from " + min + " to 2^53 - 1");
    }

    private Object once(String name) throws MalformedException {
        if (repeated.contains(name)) {
            throw new MalformedException(name + " is there twice");
        }

        return fields.get(name);
    }

    private static <T> T orMissing(String name, T value) throws MalformedException {
        if (value == null) {
            throw new MalformedException(name + " is missing");
        }

        return value;
    }

    private static boolean hasLoneSurrogate(String text) {
        return text.codePoints().anyMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    }

    private static JsonObject readObject(JsonParser parser, int depth) throws IOException, MalformedException {
        JsonObject object = new JsonObject();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            Object value = readValue(parser, depth);
            if (object.fields.containsKey(name)) {
                object.repeated.add(name);
            }

            object.fields.put(name, value);
        }

        return object;
    }

    private static Object readValue(JsonParser parser, int depth) throws IOException, MalformedException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> readObject(parser, deeper(depth));
            case START_ARRAY -> readArray(parser, deeper(depth));
            case VALUE_STRING -> parser.getText();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NUMBER_INT -> readInteger(parser);
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            default -> null;
        };
    }

    // What does not fit into 64 bits is no number of the contract, and needs no exact value.
    private static Object readInteger(JsonParser parser) throws IOException {
        return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? (Object) parser.getDoubleValue() : (Object) parser.getLongValue();
    }

    private static List<Object> readArray(JsonParser parser, int depth) throws IOException, MalformedException {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            list.add(readValue(parser, depth));
        }

        return list;
    }

    private static int deeper(int depth) throws MalformedException {
        if (depth == MAX_DEPTH) {
            throw new MalformedException("more than " + MAX_DEPTH + " levels deep");
        }

        return depth + 1;
    }
}
