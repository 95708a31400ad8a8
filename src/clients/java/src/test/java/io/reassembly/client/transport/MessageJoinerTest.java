package io.reassembly.client.transport;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.Test;

public class MessageJoinerTest {
    private static final int MAX_BYTES = 16;

    private final List<String> heard = new ArrayList<>();
    private final MessageJoiner joiner = new MessageJoiner(new LinkListener() {
        @Override
        public CompletionStage<?> onText(String text) {
            heard.add(text);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(ByteBuffer frame) {
            heard.add(StandardCharsets.US_ASCII.decode(frame).toString());
            return null;
        }

        @Override
        public void onEnd(int code, String reason) {
            throw new AssertionError("a joiner ends nothing");
        }
    }, MAX_BYTES);

    @Test
    public void message_is_whole_at_every_split() throws Exception {
        String message = "0123456789abcdef";
        for (int at = 0; at <= message.length(); at++) {
            joiner.onBinary(bytes(message.substring(0, at)), false);
            joiner.onBinary(bytes(message.substring(at)), true);
            joiner.onText(message.substring(0, at), false);
            joiner.onText(message.substring(at), true);
        }

        assertEquals(2 * (message.length() + 1), heard.size());
        assertEquals(List.of(message), heard.stream().distinct().toList());
    }

    @Test
    public void message_above_the_size_is_refused_whole_or_in_parts() throws Exception {
        assertThrows(MessageJoiner.TooBigException.class, () -> joiner.onBinary(bytes("0123456789abcdefg"), true));
        joiner.onBinary(bytes("0123456789abcdef"), false);
        assertThrows(MessageJoiner.TooBigException.class, () -> joiner.onBinary(bytes("g"), true));
        String longest = "x".repeat(8192);
        joiner.onText(longest, false);
        assertThrows(MessageJoiner.TooBigException.class, () -> joiner.onText("x", true));
        assertEquals(List.of(), heard);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
