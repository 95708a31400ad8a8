package io.reassembly.client.errors;

/**
 * The server lost bytes that the source cannot give a second time. Send from a path, a channel or memory, or start again under a new id.
 */
public final class SourceNotReplayableException extends ReassemblyException {
    private static final long serialVersionUID = 1L;

    public SourceNotReplayableException(String message) {
        super(message);
    }
}
