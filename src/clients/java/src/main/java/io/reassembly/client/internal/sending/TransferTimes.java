package io.reassembly.client.internal.sending;

/**
 * What a transfer lives by; times in milliseconds.
 *
 * @param ackTimeoutMs silence, while something is on its way, after which the server is asked
 * @param giveUpAfterMs time without a byte becoming durable after which the transfer ends
 * @param maxUnackedBytes bytes that may be sent and not yet durable
 */
public record TransferTimes(long ackTimeoutMs, long giveUpAfterMs, long maxUnackedBytes) {
}
