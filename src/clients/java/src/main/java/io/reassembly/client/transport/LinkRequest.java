package io.reassembly.client.transport;

import java.time.Duration;
import java.util.Map;

/**
 * What a connection is asked for.
 *
 * @param subprotocol the one to offer
 * @param headers HTTP headers of the upgrade request
 * @param timeout time for TCP, TLS and the upgrade
 * @param receiveFrameBytes largest message that the listener is to get; a larger one ends the link
 */
public record LinkRequest(String subprotocol, Map<String, String> headers, Duration timeout, int receiveFrameBytes) {
}
