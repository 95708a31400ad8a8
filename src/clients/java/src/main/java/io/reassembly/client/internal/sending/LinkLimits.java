package io.reassembly.client.internal.sending;

/**
 * What the current connection takes.
 *
 * @param chunk bytes of one chunk
 * @param windowBytes credit of a message before its first ack
 * @param idleMs milliseconds without a sign of the sender after which the server lets a message expire
 */
public record LinkLimits(CutLimits chunk, long windowBytes, long idleMs) {
}
