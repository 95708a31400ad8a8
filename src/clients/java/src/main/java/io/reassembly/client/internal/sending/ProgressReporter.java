package io.reassembly.client.internal.sending;

import io.reassembly.client.SendProgress;
import io.reassembly.client.errors.ErrorCode;
import io.reassembly.client.errors.ServerError;
import io.reassembly.client.internal.connections.Connection;
import java.util.function.Consumer;

/** Tells a caller what happens, each thing once. */
final class ProgressReporter {
    private final Consumer<SendProgress> progress;
    private boolean resumes;
    private boolean reconnected;
    private String lastDetail = "";
    private long size = SourceView.UNKNOWN;

    ProgressReporter(Consumer<SendProgress> progress, boolean resumesFromElsewhere) {
        this.progress = progress;
        resumes = resumesFromElsewhere;
    }

    void onSize(long known) {
        size = known;
    }

    void onBytes(Transfer transfer) {
        progress.accept(new SendProgress(SendProgress.Kind.BYTES, transfer.durable(), transfer.bytes().sentUpTo(), size, null));
    }

    void onAttached(boolean isReconnected) {
        reconnected = isReconnected;
        resumes |= isReconnected;
    }

    /** The first ack after a new connection says where the send goes on. */
    void onAck(Transfer transfer, Connection connection) {
        if (!resumes) {
            return;
        }

        resumes = false;
        lastDetail = "";
        if (transfer.durable() > 0 || transfer.bytes().sent() > 0) {
            tell(SendProgress.Kind.RESUMED, transfer, "going on at byte " + transfer.durable() + " over " + connection.endpoint());
        }
    }

    void onDisconnected(String reason, Transfer transfer) {
        tell(SendProgress.Kind.DISCONNECTED, transfer, "connection lost, trying again: " + reason);
    }

    void onError(ServerError error, Transfer transfer) {
        if (error.code() == ErrorCode.UNKNOWN_MESSAGE) {
            // Nobody began it before: there is nothing to go on with.
            resumes &= reconnected;
        } else if (error.isWorthRepeating()) {
            tell(SendProgress.Kind.RETRYING, transfer, error.message());
        }
    }

    private void tell(SendProgress.Kind kind, Transfer transfer, String detail) {
        if (!detail.equals(lastDetail)) {
            lastDetail = detail;
            progress.accept(new SendProgress(kind, transfer.durable(), transfer.bytes().sentUpTo(), size, detail));
        }
    }
}
