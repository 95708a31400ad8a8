package io.reassembly.client.internal.sending;

import io.reassembly.client.ClientOptions;
import io.reassembly.client.Outcome;
import io.reassembly.client.SendOptions;
import io.reassembly.client.errors.ConnectionFailedException;
import io.reassembly.client.errors.ErrorCode;
import io.reassembly.client.errors.MessageRejectedException;
import io.reassembly.client.errors.PayloadMismatchException;
import io.reassembly.client.errors.ServerError;
import io.reassembly.client.internal.connections.Backoff;
import io.reassembly.client.internal.connections.Connection;
import io.reassembly.client.internal.connections.ConnectionKeeper;
import io.reassembly.client.internal.control.ControlWriter;
import io.reassembly.client.internal.control.EndState;
import io.reassembly.client.internal.control.ServerMessage;
import io.reassembly.client.internal.frames.ChunkFrame;
import io.reassembly.client.internal.frames.ChunkHeader;
import io.reassembly.client.internal.sources.PayloadSource;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/** Runs one transfer: feeds it what arrives, does what it says next, until the message has its outcome. Belongs to its loop. */
final class SendTask {
    /** On a fast network SHA-256 is what a larger payload takes longest for. */
    static final int USEFUL_DIGEST_BYTES = 16 * 1024 * 1024;

    private final ClientOptions client;
    private final SendOptions options;
    private final UUID id;
    private final PayloadSource source;
    private final CompletableFuture<Outcome> future;
    private final Transfer transfer;
    private final SendLink link;
    private final ProgressReporter reporter;
    private final String open;
    private boolean isOver;

    SendTask(ClientOptions client, ConnectionKeeper keeper, UUID id, SendOptions options, PayloadSource source, Long size, CompletableFuture<Outcome> future, long now) {
        this.client = client;
        this.options = options;
        this.id = id;
        this.source = source;
        this.future = future;
        boolean mayBeKnown = options.id() != null;
        link = new SendLink(client, keeper);
        reporter = new ProgressReporter(options.progress(), mayBeKnown);
        transfer = new Transfer(
            id,
            mayBeKnown,
            new TransferTimes(client.ackTimeout().toMillis(), client.giveUpAfter().toMillis(), client.maxUnackedBytes()),
            new Backoff(client.backoffBase().toMillis(), client.backoffCap().toMillis(), RandomGenerator.getDefault()),
            now);
        Long ttl = options.timeToLive() == null ? null : options.timeToLive().plusNanos(999_999_999).toSeconds();
        source.digestUpTo(digestUpTo(options));
        open = ControlWriter.open(
            id, size, options.sha256(), options.channel(), options.contentType(), options.encoding() == null ? null : options.encoding().name(), options.headers(), ttl);
    }

    UUID id() {
        return id;
    }

    /** Whether the task has told its future, or will without further steps. */
    boolean isOver() {
        return isOver;
    }

    void onMessage(Connection connection, ServerMessage message, long now) {
        try {
            take(connection, message, now);
        } catch (RuntimeException failure) {
            fail(failure);
        }
    }

    /** Does the next thing; says when to come again. */
    long step(long now) {
        if (isOver) {
            return Long.MAX_VALUE;
        }

        try {
            if (future.isDone()) {
                abandon();
                return Long.MAX_VALUE;
            }

            if (transfer.outcome() != null) {
                return finish();
            }

            if (link.tryMove(transfer.isQuiet(), now)) {
                transfer.attach(link.limits(), now);
                reporter.onAttached(link.connections() > 1);
            }

            if (!link.isUsable() || link.isLeaving()) {
                return waitForConnection(now);
            }

            if (link.connection().writer().hasRoom()) {
                return act(now);
            }

            if (now >= transfer.givesUpAt()) {
                throw transfer.noProgress();
            }

            return transfer.givesUpAt();
        } catch (IOException | RuntimeException failure) {
            // A caller's channel or progress callback that throws ends its own send and no other.
            fail(failure);
            return Long.MAX_VALUE;
        }
    }

    void fail(Throwable failure) {
        end();
        future.completeExceptionally(failure);
    }

    private void take(Connection connection, ServerMessage message, long now) {
        long durable = transfer.durable();
        boolean isCurrent = connection == link.connection();
        if (message instanceof ServerMessage.Ack ack) {
            transfer.onAck(ack, isCurrent, now);
            reporter.onAck(transfer, connection);
        } else if (message instanceof ServerMessage.Ended ended) {
            transfer.onOutcome(ended);
            connection.noteProgress();
        } else if (message instanceof ServerMessage.Failed failed && isCurrent) {
            onError(failed.error(), now);
        }

        if (transfer.durable() > durable) {
            source.release(transfer.durable());
            reporter.onBytes(transfer);
            if (transfer.bytes().sent() > 0) {
                connection.noteProgress();
            }
        }
    }

    private long act(long now) throws IOException {
        Connection connection = link.connection();
        SourceView view = source.view();
        reporter.onSize(view.size());
        Step step = transfer.next(view, now);
        if (step instanceof Step.Wait pause) {
            return Math.min(pause.untilMs(), transfer.givesUpAt());
        } else if (step instanceof Step.Open) {
            connection.writer().sendText(open);
        } else if (step instanceof Step.Ask) {
            if (transfer.unansweredAsks() > 0 && now - connection.heardAt() >= client.silenceTimeout().toMillis()) {
                connection.abort("the server did not answer");
            } else {
                connection.writer().sendText(ControlWriter.status(id));
            }
        } else if (step instanceof Step.Send chunk) {
            sendChunk(connection, chunk, view);
            transfer.onSent(chunk, view.size(), now);
        } else if (step instanceof Step.Fail fail) {
            throw fail.failure();
        }

        return now;
    }

    private void sendChunk(Connection connection, Step.Send step, SourceView view) throws IOException {
        int length = (int) step.piece().length();
        byte[] frame = connection.writer().takeBuffer(ChunkHeader.BYTES + length);
        source.read(step.piece().from(), frame, ChunkHeader.BYTES, length);
        ChunkFrame.writeHeader(frame, new ChunkHeader(step.sequence(), id, step.piece().from(), view.size(), length, step.last()));
        connection.writer().sendChunk(frame, ChunkHeader.BYTES + length);
    }

    private long waitForConnection(long now) throws IOException {
        ConnectionFailedException last = link.lastFailure();
        if (now >= transfer.givesUpAt()) {
            throw link.isUsable() ? transfer.noProgress() : new ConnectionFailedException(
                "gave up after " + client.giveUpAfter().toMillis() / 1000.0 + " s without a connection: " + (last == null ? "none could be made" : last.getMessage()),
                false, last == null ? null : last.error(), last);
        }

        if (!link.isUsable()) {
            reporter.onDisconnected(last == null ? "no connection" : last.getMessage(), transfer);
        }

        return Math.min(link.looksAgainAt(now), transfer.givesUpAt());
    }

    private void onError(ServerError said, long now) {
        ServerError error = said;
        if (said.code() == ErrorCode.FRAME_TOO_BIG && link.tryNarrow(said.limit())) {
            error = said.asRetryable();
            transfer.narrow(link.limits());
        }

        transfer.onError(error, now);
        reporter.onError(error, transfer);
    }

    private long finish() throws IOException {
        ServerMessage.Ended outcome = transfer.outcome();
        if (outcome.state() != EndState.COMMITTED) {
            ServerMessage.EndError why = outcome.error();
            throw new MessageRejectedException(id, outcome.state().wireName(), why == null
                ? null
                : new ServerError(why.code(), ServerError.Scope.MESSAGE, id, false, 0, why.limit(), why.message()));
        }

        // Committed before this source was read to its end: the message was complete already. It is read on to compare.
        SourceView view = source.view();
        long committed = outcome.size() == null ? Long.MAX_VALUE : outcome.size();
        if (!view.isSizeKnown() && view.available() <= committed) {
            source.release(committed);
            return Long.MAX_VALUE;
        }

        // Elsewhere: reading a file for its digest takes time, and so may what the caller does next.
        isOver = true;
        CompletableFuture.runAsync(() -> compare(outcome, view.isSizeKnown() ? view.size() : view.available()));
        return Long.MAX_VALUE;
    }

    private static long digestUpTo(SendOptions options) {
        if (options.checkDigest() != null) {
            return options.checkDigest() ? Long.MAX_VALUE : -1;
        }

        if (options.sha256() != null) {
            return -1;
        }

        return options.id() != null ? Long.MAX_VALUE : USEFUL_DIGEST_BYTES;
    }

    private void compare(ServerMessage.Ended outcome, long size) {
        try (source) {
            String own = source.digest();
            String announced = options.sha256() != null ? options.sha256() : outcome.sha256();
            String digest = own != null ? own : announced;
            if ((outcome.size() != null && outcome.size() != size) || (outcome.sha256() != null && !outcome.sha256().equals(digest))) {
                throw new PayloadMismatchException("message " + id + " was committed with " + outcome.size() + " bytes and SHA-256 "
                    + outcome.sha256() + "; this payload has " + size + " bytes and " + digest);
            }

            future.complete(new Outcome(id, size, digest, transfer.bytes().sent(), transfer.bytes().resent(), link.connections()));
        } catch (IOException | RuntimeException failure) {
            future.completeExceptionally(failure);
        }
    }

    // The caller has cancelled: without a word the message would expire at the server all the same, later.
    private void abandon() {
        end();
        if (transfer.mayBeKnown() && link.isUsable()) {
            link.connection().writer().sendText(ControlWriter.abort(id));
        }
    }

    private void end() {
        isOver = true;
        try {
            source.close();
        } catch (IOException exception) {
            // Nothing more is read from it.
        }
    }
}
