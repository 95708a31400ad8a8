package io.reassembly.client.internal.sending;

/**
 * Bytes of payload that one chunk may have; they may change with the connection.
 *
 * @param minBytes at least, unless the chunk ends its message
 * @param maxBytes at most
 */
public record CutLimits(int minBytes, int maxBytes) {
}
