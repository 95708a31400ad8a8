package io.reassembly.client;

/**
 * Where a send stands.
 *
 * @param kind what made this report
 * @param durableBytes every byte below it is durable at the server
 * @param sentBytes every byte below it has been sent at least once
 * @param totalBytes size of the message; -1 until known
 * @param detail for anything but {@link Kind#BYTES}: what happened, one line for a person; otherwise null
 */
public record SendProgress(Kind kind, long durableBytes, long sentBytes, long totalBytes, String detail) {
    /** What a report is about. */
    public enum Kind {
        /** More bytes are durable. */
        BYTES,
        /** The connection is gone, or cannot be made; the client goes on trying. */
        DISCONNECTED,
        /** The send goes on where the server has it, after a loss or for an id that was begun before. */
        RESUMED,
        /** The server asked to send something again, or later. */
        RETRYING,
    }
}
