package io.reassembly.client.internal.sending;

/**
 * What a source can give right now.
 *
 * @param oldest the lowest byte that it can still give
 * @param available bytes below it are there
 * @param size the end of the payload, {@link #UNKNOWN} until known
 */
public record SourceView(long oldest, long available, long size) {
    public static final long UNKNOWN = -1;

    public boolean isSizeKnown() {
        return size != UNKNOWN;
    }
}
