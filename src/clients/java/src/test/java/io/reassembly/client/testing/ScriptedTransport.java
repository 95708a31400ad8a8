package io.reassembly.client.testing;

import io.reassembly.client.transport.Link;
import io.reassembly.client.transport.LinkListener;
import io.reassembly.client.transport.LinkRequest;
import io.reassembly.client.transport.Transport;
import java.net.URI;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A transport without sockets, whose other end is the test. */
public final class ScriptedTransport implements Transport {
    private static final long PATIENCE_SECONDS = 60;

    private final BlockingQueue<ScriptedLink> opened = new LinkedBlockingQueue<>();
    private final Queue<Exception> refusals = new ConcurrentLinkedQueue<>();
    private volatile String subprotocol = "reassembly.v1";
    private volatile boolean holdsSends;

    @Override
    public CompletableFuture<Link> connect(URI endpoint, LinkRequest request, LinkListener listener) {
        Exception refusal = refusals.poll();
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }

        ScriptedLink link = new ScriptedLink(subprotocol, request, listener, holdsSends);
        opened.add(link);
        return CompletableFuture.completedFuture(link);
    }

    /** The next connection that the client opens. */
    public ScriptedLink accept() throws InterruptedException {
        ScriptedLink link = opened.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (link == null) {
            throw new AssertionError("the client opened no connection");
        }

        return link;
    }

    /** The next connection, greeted. */
    public ScriptedLink greet(String limits) throws InterruptedException {
        ScriptedLink link = accept();
        link.say("{'type':'welcome','protocol':'reassembly.v1','connection':'c','node':'n','durability':'disk','limits':{" + limits + "}}");
        return link;
    }

    public void refuse(Exception refusal) {
        refusals.add(refusal);
    }

    public void echo(String value) {
        subprotocol = value;
    }

    /** From now on a send ends when the test says so. */
    public void holdSends() {
        holdsSends = true;
    }
}
