package io.reassembly.client.internal.sending;

import java.util.UUID;

/** New ids: UUIDs of version 7 (RFC 9562), which the JDK does not make; they sort by the time of their making. */
public final class MessageIds {
    private MessageIds() {
    }

    public static UUID next() {
        UUID random = UUID.randomUUID();
        long time = System.currentTimeMillis() << 16;
        return new UUID(time | 0x7000 | (random.getMostSignificantBits() & 0xfff), random.getLeastSignificantBits());
    }
}
