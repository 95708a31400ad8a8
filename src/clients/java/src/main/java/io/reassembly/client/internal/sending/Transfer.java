package io.reassembly.client.internal.sending;

import io.reassembly.client.errors.ErrorCode;
import io.reassembly.client.errors.MessageRejectedException;
import io.reassembly.client.errors.NoProgressException;
import io.reassembly.client.errors.PayloadMismatchException;
import io.reassembly.client.errors.ReassemblyException;
import io.reassembly.client.errors.ServerError;
import io.reassembly.client.errors.SourceNotReplayableException;
import io.reassembly.client.internal.connections.Backoff;
import io.reassembly.client.internal.control.ServerMessage;
import io.reassembly.client.internal.frames.ByteRange;
import java.util.UUID;

/**
 * One message on the sender's side: a state machine without I/O, threads or clock. The next piece is cut from the lowest bytes that are
 * not covered ({@link SentBytes}), below the credit. Whatever goes wrong ends the same way: ask {@code status}, take only what the
 * answer confirms as covered, go on. TCP keeps the answer behind all that was sent before it, so nothing is in doubt then.
 */
public final class Transfer {
    private final UUID id;
    private final TransferTimes times;
    private final Backoff backoff;
    private final SentBytes bytes = new SentBytes();
    private Phase phase = Phase.DETACHED;
    private LinkLimits link;
    private boolean mayBeKnown;
    private boolean heldIsOfThisConnection;
    private boolean heardMeanwhile;
    private boolean openUnanswered;
    private boolean openInDoubt;
    private boolean endTold;
    private long credit;
    private int sequence;
    private int unansweredAsks;
    private long lastProgress;
    private long lastHeard;
    private long until;
    private ServerError lastError;
    private ReassemblyException failure;
    private ServerMessage.Ended outcome;

    /**
     * @param mayBeKnown whether the server may know of this message, because somebody began to send it before
     * @param now milliseconds, of the clock that every {@code now} is of
     */
    public Transfer(UUID id, boolean mayBeKnown, TransferTimes times, Backoff backoff, long now) {
        this.id = id;
        this.mayBeKnown = mayBeKnown;
        this.times = times;
        this.backoff = backoff;
        lastProgress = now;
        lastHeard = now;
    }

    public long durable() {
        return bytes.durable();
    }

    /** Where its bytes are. */
    SentBytes bytes() {
        return bytes;
    }

    /** How the message ended; null until it has. */
    public ServerMessage.Ended outcome() {
        return outcome;
    }

    /** Whether every byte sent over this connection is durable: nothing is lost by leaving it. */
    public boolean isQuiet() {
        return phase != Phase.ASKED && !bytes.areOnTheirWay();
    }

    /** Whether the server may know of this message. */
    public boolean mayBeKnown() {
        return mayBeKnown;
    }

    /** Questions in a row that this connection has not answered. */
    public int unansweredAsks() {
        return unansweredAsks;
    }

    /** When this transfer gives up unless something becomes durable. */
    public long givesUpAt() {
        return lastProgress + times.giveUpAfterMs();
    }

    /** Goes on over a new connection. */
    public void attach(LinkLimits limits, long now) {
        link = limits;
        lastHeard = now;
        unansweredAsks = 0;
        heldIsOfThisConnection = false;
        openInDoubt |= openUnanswered;
        openUnanswered = false;
        if (mayBeKnown) {
            phase = Phase.MUST_ASK;
        } else {
            begin();
        }
    }

    /** The limits have changed within the connection. */
    public void narrow(LinkLimits limits) {
        link = limits;
    }

    /** @param current whether it came over the current connection */
    public void onAck(ServerMessage.Ack ack, boolean current, long now) {
        long before = bytes.held();
        boolean answers = current && phase == Phase.ASKED;
        if (answers && !heldIsOfThisConnection && heardMeanwhile) {
            // While this was asked, a connection that is left said more: which of the two is newer nobody knows, and the source may
            // have let go of what it acked. The next answer is newer than both.
            phase = Phase.MUST_ASK;
            lastHeard = now;
            return;
        }

        heardMeanwhile |= !current && phase == Phase.ASKED;
        if (answers && !heldIsOfThisConnection) {
            // Another node, or the same one after a crash: what it says now is what there is.
            bytes.forgetHeld();
            heldIsOfThisConnection = true;
        }

        bytes.hold(ack);
        if (current) {
            credit = ack.credit();
            openUnanswered = false;
            lastHeard = now;
            unansweredAsks = 0;
        }

        if (answers) {
            // Less than before: the message was lost there and begun anew by a late chunk, without what open had said.
            openInDoubt |= bytes.held() < before;
            bytes.coverOnlyHeld();
            endTold = false;
            phase = openInDoubt ? Phase.MUST_OPEN : Phase.FLOWING;
        }

        if (bytes.held() > before) {
            lastProgress = now;
            backoff.reset();
        }
    }

    public void onOutcome(ServerMessage.Ended ended) {
        outcome = outcome == null ? ended : outcome;
    }

    /** Something went wrong with this message, or with a frame that may have been one of its own. */
    public void onError(ServerError error, long now) {
        lastError = error;
        unansweredAsks = 0;
        if (error.code() == ErrorCode.UNKNOWN_MESSAGE) {
            if (phase == Phase.ASKED) {
                begin();
            }
        } else if (error.isWorthRepeating()) {
            openInDoubt |= openUnanswered;
            openUnanswered = false;
            if (phase != Phase.BACKOFF) {
                until = now + Math.max(error.retryAfterMs(), backoff.nextMs());
                phase = Phase.BACKOFF;
            }
        } else if (error.id() != null && failure == null) {
            failure = MessageRejectedException.refused(id, error);
        }
    }

    /** @param size of the payload, if the chunk named it */
    public void onSent(Step.Send step, long size, long now) {
        if (!bytes.areOnTheirWay()) {
            lastHeard = now;
        }

        bytes.send(step.piece());
        sequence++;
        endTold |= step.last() || size != SourceView.UNKNOWN;
        mayBeKnown = true;
    }

    /** What to do now. */
    public Step next(SourceView source, long now) {
        if (outcome != null) {
            return new Step.Finish();
        }

        if (failure != null) {
            return new Step.Fail(failure);
        }

        if (now >= givesUpAt()) {
            return new Step.Fail(noProgress());
        }

        switch (phase) {
            case MUST_OPEN:
                phase = Phase.FLOWING;
                openInDoubt = false;
                openUnanswered = true;
                mayBeKnown = true;
                return new Step.Open();
            case MUST_ASK:
                return ask(now);
            case ASKED, BACKOFF:
                return now >= until ? ask(now) : new Step.Wait(until);
            case FLOWING:
                return nextPiece(source, now);
            default:
                return new Step.Wait(givesUpAt());
        }
    }

    public ReassemblyException noProgress() {
        String said = lastError == null ? "" : "; the server's last word: " + lastError.message();
        return new NoProgressException(
            "message " + id + ": nothing became durable for " + times.giveUpAfterMs() / 1000.0 + " s, " + durable() + " bytes are" + said, lastError);
    }

    private Step nextPiece(SourceView source, long now) {
        if (source.isSizeKnown() && bytes.heldEnd() > source.size()) {
            return new Step.Fail(new PayloadMismatchException(
                "the server holds bytes of message " + id + " up to " + bytes.heldEnd() + ", this payload has " + source.size()));
        }

        ByteRange gap = bytes.firstGap();
        ByteRange piece;
        if (source.isSizeKnown() && gap.from() >= source.size()) {
            if (endTold) {
                return waitForServer(now);
            }

            // All is there, yet this sender never said where the end is: the last bytes once more, as LAST.
            long size = source.size();
            piece = new ByteRange(Math.max(Math.min(source.oldest(), size), size - Math.min(size, link.chunk().minBytes())), size);
        } else {
            if (gap.from() < source.oldest()) {
                return new Step.Fail(new SourceNotReplayableException(
                    "message " + id + " must go on at byte " + gap.from() + ", and its source can go back to byte " + source.oldest() + " only"));
            }

            // Of an endless source the byte before its end is held back: only then is it known which piece is the last.
            long sendable = source.isSizeKnown() ? source.size() : source.available() - 1;
            long reach = Math.min(Math.min(credit, durable() + times.maxUnackedBytes()), sendable);
            boolean onItsWay = bytes.areOnTheirWay();
            piece = ChunkCutter.cut(gap, reach, source, link.chunk(), onItsWay);
            if (piece == null) {
                return onItsWay || credit <= gap.from() ? waitForServer(now) : waitForSource(now);
            }
        }

        return new Step.Send(piece, piece.to() == source.size(), sequence);
    }

    private Step waitForServer(long now) {
        long patience = lastHeard + times.ackTimeoutMs();
        return now >= patience ? ask(now) : new Step.Wait(patience);
    }

    // The server has all there is, so its clock must not run out because of a slow source: an open again keeps it alive.
    private Step waitForSource(long now) {
        lastProgress = now;
        long due = lastHeard + link.idleMs() / 3;
        if (now < due) {
            return new Step.Wait(due);
        }

        lastHeard = now;
        mayBeKnown = true;
        return new Step.Open();
    }

    private Step ask(long now) {
        unansweredAsks += phase == Phase.ASKED ? 1 : 0;
        phase = Phase.ASKED;
        heardMeanwhile = false;
        until = now + times.ackTimeoutMs();
        return new Step.Ask();
    }

    private void begin() {
        bytes.forgetHeld();
        bytes.coverOnlyHeld();
        endTold = false;
        credit = link.windowBytes();
        heldIsOfThisConnection = true;
        phase = Phase.MUST_OPEN;
    }
}
