package io.reassembly.client;

import java.util.UUID;

/**
 * A message that is committed: complete, its digest verified (see {@link SendOptions#withCheckDigest}), durable; it will be delivered at least once.
 *
 * @param id the message
 * @param size bytes as sent (after compression)
 * @param sha256 of those bytes, 64 lower-case hex digits
 * @param sentBytes payload bytes that this client sent, with those sent again
 * @param resentBytes payload bytes that it sent more than once
 * @param connections connections that it sent over
 */
public record Outcome(UUID id, long size, String sha256, long sentBytes, long resentBytes, int connections) {
}
