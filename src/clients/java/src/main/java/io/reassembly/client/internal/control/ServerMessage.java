package io.reassembly.client.internal.control;

import io.reassembly.client.errors.ErrorCode;
import io.reassembly.client.errors.LimitDetail;
import io.reassembly.client.errors.ServerError;
import io.reassembly.client.internal.frames.ByteRange;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A control message from server to client (wire contract, section 4). What is optional and not there is null. */
public sealed interface ServerMessage {
    /** The first message of every connection. */
    record Welcome(String protocol, String connection, String node, String durability, Limits limits) implements ServerMessage {
    }

    /** Where an open message stands; its bytes below {@code durable}, and between the {@code missing} ranges, are safe. */
    record Ack(UUID id, long durable, List<ByteRange> missing, long credit, Instant expiresAt) implements ServerMessage {
    }

    /** How a message ended, for good. */
    record Ended(UUID id, EndState state, Long size, String sha256, EndError error) implements ServerMessage {
    }

    /** Why a message was rejected or expired. */
    record EndError(ErrorCode code, String message, LimitDetail limit) {
    }

    /** Something is wrong. */
    record Failed(ServerError error) implements ServerMessage {
    }

    /** Connect elsewhere within {@code graceMs}. */
    record GoAway(String reason, long graceMs) implements ServerMessage {
    }

    /** A message for a subscriber; its chunks follow. */
    record Payload(
        UUID id, String channel, long size, String sha256, String contentType, String contentEncoding, Map<String, String> headers, long attempt)
        implements ServerMessage {
    }

    /** The answer to a {@code ping}. */
    record Pong(Object nonce) implements ServerMessage {
    }
}
