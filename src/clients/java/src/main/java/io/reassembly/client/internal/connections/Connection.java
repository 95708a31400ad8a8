package io.reassembly.client.internal.connections;

import io.reassembly.client.errors.ServerError;
import io.reassembly.client.internal.control.ControlReader;
import io.reassembly.client.internal.control.Limits;
import io.reassembly.client.internal.control.MalformedException;
import io.reassembly.client.internal.control.ServerMessage;
import io.reassembly.client.transport.Link;
import io.reassembly.client.transport.LinkListener;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One connection, from its upgrade to its end. Belongs to its loop; what the transport calls is posted there. */
public final class Connection implements LinkListener {
    private static final int NO_CLOSE_FRAME = 1006;
    private static final int TOO_BIG = 1009;

    private final URI endpoint;
    private final EventLoop loop;
    private final ConnectionKeeper keeper;
    private Link link;
    private FrameWriter writer;
    private ServerMessage.Welcome welcome;
    private ServerMessage.GoAway goAway;
    private ServerError refusal;
    private String lastWords = "";
    private boolean isEnded;
    private boolean hasServed;
    private boolean hasProgressed;
    private boolean endedAsTooBig;
    private String endReason = "the connection was closed";
    private volatile long heardAt = EventLoop.now();
    private volatile boolean isHeldUp;

    Connection(URI endpoint, EventLoop loop, ConnectionKeeper keeper) {
        this.endpoint = endpoint;
        this.loop = loop;
        this.keeper = keeper;
    }

    public URI endpoint() {
        return endpoint;
    }

    public Limits limits() {
        return welcome.limits();
    }

    public FrameWriter writer() {
        return writer;
    }

    public boolean isEnded() {
        return isEnded;
    }

    /** What the server said when it asked to leave; null until then. */
    public ServerMessage.GoAway goAway() {
        return goAway;
    }

    /** Why it is gone, in words for a person. */
    public String endReason() {
        return endReason;
    }

    /** When something was read last. */
    public long heardAt() {
        return heardAt;
    }

    /** Whether the socket is not read for the moment, because its owner still has a frame: silence then says nothing. */
    public boolean isHeldUp() {
        return isHeldUp;
    }

    /** Bytes of the largest frame written; 0 for none. */
    public int largestFrame() {
        return writer == null ? 0 : writer.largestFrame();
    }

    /** The server has made bytes durable, or delivered a message, over this connection. */
    public void noteProgress() {
        hasProgressed = true;
        hasServed = true;
    }

    /** Ends the connection now. */
    public void abort(String reason) {
        end(NO_CLOSE_FRAME, reason);
    }

    boolean hasServed() {
        return hasServed;
    }

    boolean hasProgressed() {
        return hasProgressed;
    }

    boolean endedAsTooBig() {
        return endedAsTooBig;
    }

    /** What the server said instead of {@code welcome}. */
    ServerError refusal() {
        return refusal;
    }

    boolean isReady() {
        return link != null && welcome != null && !isEnded;
    }

    Link link() {
        return link;
    }

    void attach(Link opened) {
        link = opened;
        if (isEnded) {
            opened.abort();
            return;
        }

        writer = new FrameWriter(opened, loop::wake, failure -> onEnd(NO_CLOSE_FRAME, reasonOf(failure)));
    }

    @Override
    public CompletionStage<?> onText(String text) {
        heardAt = EventLoop.now();
        ServerMessage message;
        try {
            message = ControlReader.read(text);
        } catch (MalformedException exception) {
            // A server newer than this client may say things that it does not know: those are for newer clients.
            return null;
        }

        CompletableFuture<Void> taken = new CompletableFuture<>();
        loop.post(() -> {
            take(message);
            taken.complete(null);
        });
        return taken;
    }

    @Override
    public CompletionStage<?> onBinary(ByteBuffer frame) {
        heardAt = EventLoop.now();
        CompletionStage<?> taken = keeper.owner().onFrame(this, frame);
        if (taken != null) {
            isHeldUp = true;
            taken.whenComplete((nothing, failure) -> {
                heardAt = EventLoop.now();
                isHeldUp = false;
            });
        }

        return taken;
    }

    @Override
    public void onEnd(int code, String reason) {
        loop.post(() -> end(code, reason));
    }

    static String reasonOf(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }

        return innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
    }

    private void take(ServerMessage message) {
        if (isEnded) {
            return;
        }

        if (message instanceof ServerMessage.Failed failed && failed.error().scope() == ServerError.Scope.CONNECTION) {
            lastWords = failed.error().message();
        }

        if (welcome == null) {
            greet(message);
        } else if (message instanceof ServerMessage.GoAway leave) {
            goAway = leave;
            keeper.onGoAway(this);
        } else {
            hasServed |= message instanceof ServerMessage.Ack || message instanceof ServerMessage.Ended;
            keeper.owner().onMessage(this, message);
        }
    }

    private void greet(ServerMessage first) {
        if (first instanceof ServerMessage.Welcome greeting) {
            welcome = greeting;
            keeper.onGreeted(this);
        } else {
            refusal = first instanceof ServerMessage.Failed failed ? failed.error() : null;
            abort(refusal == null ? "its first message is not welcome" : refusal.message());
        }
    }

    private void end(int code, String reason) {
        if (isEnded) {
            return;
        }

        isEnded = true;
        endedAsTooBig = code == TOO_BIG;
        String why = lastWords.isEmpty() ? reason : lastWords;
        if (code != NO_CLOSE_FRAME) {
            endReason = "the server closed the connection with " + code + (why.isEmpty() ? "" : " (" + why + ")");
        } else if (!why.isEmpty()) {
            endReason = why;
        }

        if (writer != null) {
            writer.stop(endReason);
            if (code == NO_CLOSE_FRAME) {
                link.abort();
            } else {
                // The answer to the server's close frame may still be on its way.
                keeper.abortLater(link);
            }
        }

        keeper.onEnded(this);
    }
}
