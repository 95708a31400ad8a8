package io.reassembly.client.internal.sending;

import io.reassembly.client.internal.control.ServerMessage;
import io.reassembly.client.internal.frames.ByteRange;
import io.reassembly.client.internal.frames.RangeSet;

/**
 * Where the bytes of a message are. Two sets say it all: what the server <em>holds</em> for sure, and what is <em>covered</em>: held, or
 * sent over this connection and not yet heard of.
 */
final class SentBytes {
    private final RangeSet held = new RangeSet();
    private final RangeSet covered = new RangeSet();
    private final RangeSet everSent = new RangeSet();
    private long sent;
    private long resent;

    /** Every byte below it is held. */
    long durable() {
        return held.prefix();
    }

    /** How many bytes are held. */
    long held() {
        return held.bytes();
    }

    /** The place after the highest byte held. */
    long heldEnd() {
        return held.end();
    }

    /** The place after the highest byte that was ever sent, or is held. */
    long sentUpTo() {
        return Math.max(durable(), everSent.end());
    }

    /** Bytes sent, with those sent again. */
    long sent() {
        return sent;
    }

    /** Bytes sent more than once. */
    long resent() {
        return resent;
    }

    /** Whether something was sent of which nothing is known yet. */
    boolean areOnTheirWay() {
        return covered.bytes() > held.bytes();
    }

    /** The lowest bytes to send. */
    ByteRange firstGap() {
        return covered.firstGap();
    }

    void send(ByteRange piece) {
        sent += piece.length();
        resent += everSent.countWithin(piece.from(), piece.to());
        everSent.add(piece.from(), piece.to());
        covered.add(piece.from(), piece.to());
    }

    // The bytes between two missing ranges are held. Above the last one nothing is known: the list may have been cut short.
    void hold(ServerMessage.Ack ack) {
        held.add(0, ack.durable());
        long from = ack.durable();
        for (ByteRange missing : ack.missing()) {
            held.add(from, missing.from());
            from = Math.max(from, missing.to());
        }

        covered.addAll(held);
    }

    /** The server may have lost what it held. */
    void forgetHeld() {
        held.clear();
    }

    /** What was on its way may never arrive. */
    void coverOnlyHeld() {
        covered.clear();
        covered.addAll(held);
    }
}
