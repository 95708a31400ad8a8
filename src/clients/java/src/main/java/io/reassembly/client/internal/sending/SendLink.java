package io.reassembly.client.internal.sending;

import io.reassembly.client.ClientOptions;
import io.reassembly.client.errors.ConnectionFailedException;
import io.reassembly.client.errors.LimitDetail;
import io.reassembly.client.internal.connections.Connection;
import io.reassembly.client.internal.connections.ConnectionKeeper;
import io.reassembly.client.internal.control.Limits;
import io.reassembly.client.internal.frames.ChunkHeader;

/** The connection that one send uses, and when it has to leave it for another. Belongs to its loop. */
final class SendLink {
    private static final long LOOK_AGAIN_MS = 50;

    private final ClientOptions options;
    private final ConnectionKeeper keeper;
    private Connection connection;
    private int connections;
    private long leavingSince = -1;

    SendLink(ClientOptions options, ConnectionKeeper keeper) {
        this.options = options;
        this.keeper = keeper;
    }

    Connection connection() {
        return connection;
    }

    /** How many connections it has used. */
    int connections() {
        return connections;
    }

    boolean isUsable() {
        return connection != null && !connection.isEnded();
    }

    /** Whether the server asked to leave, and there is somewhere to go: nothing new is sent over this connection. */
    boolean isLeaving() {
        return isUsable() && connection.goAway() != null && keeper.current() != null && keeper.current() != connection;
    }

    ConnectionFailedException lastFailure() {
        return keeper.lastFailure();
    }

    /** A connection that is left is looked at often: half its grace time may end before anything arrives. */
    long looksAgainAt(long now) {
        return isUsable() ? now + LOOK_AGAIN_MS : Long.MAX_VALUE;
    }

    /** Takes the keeper's connection, if it is another one and nothing is left to wait for on the old one. */
    boolean tryMove(boolean isQuiet, long now) {
        Connection current = keeper.current();
        if (current == null || current == connection || (isUsable() && !isQuiet && !isGraceHalfOver(now))) {
            return false;
        }

        connection = current;
        connections++;
        leavingSince = -1;
        return true;
    }

    LinkLimits limits() {
        Limits limits = connection.limits();
        int max = Math.min(Math.min(limits.chunkBytes(), keeper.frameBytesCap() - ChunkHeader.BYTES), options.chunkBytes());
        max = Math.max(max, Math.max(1, limits.minChunkBytes()));
        int min = Math.min(Math.max(1, limits.minChunkBytes()), max);
        return new LinkLimits(new CutLimits(min, max), limits.windowBytes(), limits.idleSeconds() * 1000);
    }

    /** A hop refused a frame as too big: smaller ones from now on, as small as it says, or half. Says whether smaller ones are possible. */
    boolean tryNarrow(LimitDetail limit) {
        int before = limits().chunk().maxBytes();
        int largest = connection.largestFrame();
        boolean isTold = limit != null && limit.max() != null && limit.max() > ChunkHeader.BYTES && limit.max() < largest;
        keeper.lowerFrameBytesCap(isTold ? limit.max().intValue() : largest / 2);
        return limits().chunk().maxBytes() < before || largest > before + ChunkHeader.BYTES;
    }

    private boolean isGraceHalfOver(long now) {
        leavingSince = leavingSince < 0 ? now : leavingSince;
        return now - leavingSince >= connection.goAway().graceMs() / 2;
    }
}
