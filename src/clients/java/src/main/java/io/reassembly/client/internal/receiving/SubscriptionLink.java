package io.reassembly.client.internal.receiving;

import io.reassembly.client.SubscribeOptions;
import io.reassembly.client.errors.MessageLostException;
import io.reassembly.client.internal.connections.Connection;
import io.reassembly.client.internal.connections.EventLoop;
import io.reassembly.client.internal.control.ControlWriter;
import io.reassembly.client.internal.control.ServerMessage;
import io.reassembly.client.internal.frames.ChunkFrame;
import io.reassembly.client.internal.frames.ChunkHeader;
import io.reassembly.client.internal.frames.MalformedFrameException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * A subscription over one connection: which messages are in hand there, and whose chunk a frame is. Messages in flight share the socket,
 * so one whose buffer is full holds up the others. Two of them cannot wait for each other for ever: when somebody waits for what is
 * behind a full buffer that nobody has read from for the stall time, that message goes back to the server.
 */
final class SubscriptionLink {
    private final Connection connection;
    private final SubscribeOptions options;
    private final DeliveryQueue queue;
    private final EventLoop loop;
    private final Map<UUID, Delivery> inHand = new LinkedHashMap<>();

    /** Answered before their last chunk came: the rest may be on its way and means nothing. */
    private final Set<UUID> trailing = new HashSet<>();

    private Delivery stalled;
    private long stalledTaken;
    private long stalledSince;
    private long pingedAt;

    SubscriptionLink(Connection connection, SubscribeOptions options, DeliveryQueue queue, EventLoop loop) {
        this.connection = connection;
        this.options = options;
        this.queue = queue;
        this.loop = loop;
    }

    /** A message begins. */
    void begin(ServerMessage.Payload message) {
        Delivery delivery = new Delivery(this, message, options.bufferBytes());
        synchronized (this) {
            // The server has ended a delivery that it begins again, and, when it begins more than were asked for, the oldest one: its
            // time to answer ran out.
            Delivery overtaken = inHand.get(message.id());
            if (overtaken == null && inHand.size() >= options.inFlight()) {
                overtaken = inHand.values().iterator().next();
            }

            if (overtaken != null) {
                lose(overtaken, "the server has ended this delivery, since no answer came in time");
            }

            trailing.remove(message.id());
            inHand.put(message.id(), delivery);
        }

        queue.add(delivery);
    }

    /** A chunk; on a thread of the transport. The stage ends when the next one may come. */
    CompletionStage<?> take(ByteBuffer bytes) throws ServerViolationException {
        ChunkFrame frame;
        try {
            frame = ChunkFrame.read(bytes);
        } catch (MalformedFrameException exception) {
            throw new ServerViolationException(exception.getMessage());
        }

        Delivery delivery = find(frame.header());
        if (delivery == null) {
            return null;
        }

        CompletionStage<?> room = delivery.write(frame);
        if (delivery.sawLast()) {
            loop.post(connection::noteProgress);
        } else if (room != null) {
            loop.wake();
        }

        return room;
    }

    /** The server says that something is wrong with a message. */
    synchronized void onError(UUID id, String reason) {
        Delivery delivery = inHand.get(id);
        if (delivery != null) {
            lose(delivery, reason);
        }
    }

    /** The connection is gone. */
    synchronized void end(String reason) {
        for (Delivery delivery : List.copyOf(inHand.values())) {
            lose(delivery, reason);
        }
    }

    /** Sends the answer to a delivery, if it is in hand still, and waits until it is written. Says whether it was in hand. */
    boolean answer(Delivery delivery, Delivery.State state, Long afterMs) throws IOException {
        synchronized (this) {
            if (!delivery.tryAnswer(state)) {
                return false;
            }

            forget(delivery);
        }

        UUID id = delivery.message().id();
        boolean isComplete = state == Delivery.State.COMPLETED;
        if (!isComplete) {
            // Before the answer is written: the transport may wait for room in this buffer, and the server for the transport.
            delivery.abandon();
        }

        CompletableFuture<Void> sent = connection.writer().sendText(isComplete ? ControlWriter.delivered(id) : ControlWriter.retry(id, afterMs));
        try {
            sent.join();
        } catch (CompletionException exception) {
            delivery.lose(exception.getCause().getMessage());
            throw new MessageLostException("message " + id + ": the answer did not get through, so it will be delivered again: " + exception.getCause().getMessage());
        }

        return true;
    }

    /** Looks for a message that nobody reads and for a server that is gone without a word; says when to come again. */
    long step(long now, long silenceMs) {
        return Math.min(checkForStall(now), checkForLife(now, silenceMs));
    }

    private synchronized long checkForStall(long now) {
        Delivery full = inHand.values().stream().filter(Delivery::isFull).findFirst().orElse(null);
        if (full == null || full != stalled || full.takenBytes() != stalledTaken || !isAnyoneHeldUpBy(full)) {
            stalled = full;
            stalledTaken = full == null ? 0 : full.takenBytes();
            stalledSince = now;
        }

        if (full == null) {
            return Long.MAX_VALUE;
        }

        long stallMs = options.stallTimeout().toMillis();
        if (now < stalledSince + stallMs) {
            return now + Math.max(1, stallMs / 8);
        }

        lose(full, "nobody read it for " + stallMs / 1000.0 + " s while others waited behind it, so it was given back");
        connection.writer().sendText(ControlWriter.retry(full.message().id(), null));
        return now;
    }

    // A subscriber may hear nothing for hours, so after some silence it asks; but while its own reader is slow and the socket is not
    // read, silence says nothing.
    private long checkForLife(long now, long silenceMs) {
        long patience = silenceMs / 2;
        if (connection.isHeldUp()) {
            pingedAt = 0;
            return now + patience;
        }

        if (connection.heardAt() + patience > now) {
            pingedAt = 0;
            return connection.heardAt() + patience;
        }

        if (pingedAt == 0) {
            pingedAt = now;
            connection.writer().sendText(ControlWriter.ping());
        } else if (pingedAt + patience <= now) {
            connection.abort("the server did not answer within " + patience / 1000.0 + " s");
            return now;
        }

        return pingedAt + patience;
    }

    private synchronized Delivery find(ChunkHeader header) throws ServerViolationException {
        Delivery delivery = inHand.get(header.id());
        if (delivery == null && !(header.last() ? trailing.remove(header.id()) : trailing.contains(header.id()))) {
            throw new ServerViolationException("a chunk of message " + header.id() + ", which it did not begin here");
        }

        return delivery;
    }

    private boolean isAnyoneHeldUpBy(Delivery delivery) {
        return (queue.isAwaited() && inHand.size() < options.inFlight())
            || inHand.values().stream().anyMatch(other -> other != delivery && other.isReaderWaiting());
    }

    private void lose(Delivery delivery, String reason) {
        forget(delivery);
        delivery.lose(reason);
        if (queue.remove(delivery)) {
            delivery.abandon();
        }
    }

    private void forget(Delivery delivery) {
        inHand.remove(delivery.message().id(), delivery);
        if (!delivery.sawLast()) {
            trailing.add(delivery.message().id());
        }
    }
}
