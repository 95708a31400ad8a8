package io.reassembly.client;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.reassembly.client.errors.ConnectionFailedException;
import io.reassembly.client.errors.ErrorCode;
import io.reassembly.client.testing.ScriptedLink;
import io.reassembly.client.testing.ScriptedSends;
import io.reassembly.client.transport.HandshakeRefusedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.Test;

/** How the client comes to a connection, and what it does when the connection, or a hop of it, lets it down. */
public class ConnectionTest extends ScriptedSends {
    @Test
    public void hello_says_what_this_client_takes() throws Exception {
        options = options.withReceiveFrameBytes(32_768).withHeaders(Map.of("Authorization", "Bearer x"));
        ScriptedLink server = connect(LIMITS);
        assertEquals(32_768, server.request().receiveFrameBytes());
        assertEquals("Bearer x", server.request().headers().get("Authorization"));
    }

    @Test
    public void server_that_does_not_echo_the_subprotocol_is_refused() throws Exception {
        transport.echo("");
        ConnectionFailedException failure = assertThrows(ConnectionFailedException.class, () -> ReassemblyClient.connect(URI.create("ws://x/"), options));
        assertTrue(failure.getMessage(), failure.getMessage().contains("did not echo the subprotocol"));
        assertTrue(transport.accept().isAborted());
    }

    @Test
    public void answer_401_ends_the_connecting_and_503_does_not() throws Exception {
        transport.refuse(new HandshakeRefusedException(401, null));
        ConnectionFailedException failure = assertThrows(ConnectionFailedException.class, () -> ReassemblyClient.connect(URI.create("ws://x/"), options));
        assertTrue(failure.isFinal());

        transport.refuse(new HandshakeRefusedException(503, null));
        transport.refuse(new IOException("connection refused"));
        connect(LIMITS);
    }

    @Test
    public void server_that_refuses_with_an_error_instead_of_welcome_is_told_by_its_sentence() throws Exception {
        CompletableFuture<ReassemblyClient> connecting = ReassemblyClient.connectAsync(List.of(URI.create("ws://x/")), options);
        transport.accept().say("{'type':'error','code':'UNAUTHORIZED','scope':'connection','retryable':false,'message':'who are you'}");
        Throwable failure = assertThrows(ExecutionException.class, () -> connecting.get(60, TimeUnit.SECONDS)).getCause();
        assertTrue(failure.getMessage(), failure.getMessage().contains("who are you"));
        assertEquals(ErrorCode.UNAUTHORIZED, ((ConnectionFailedException) failure).error().code());
    }

    @Test
    public void interrupted_connect_ends_at_once_and_leaves_nothing_open() throws Exception {
        options = options.withConnectTimeout(Duration.ofHours(1));
        Thread caller = Thread.currentThread();
        CompletableFuture<ScriptedLink> opened = CompletableFuture.supplyAsync(() -> {
            try {
                ScriptedLink server = transport.accept();
                server.expect("hello");
                caller.interrupt();
                return server;
            } catch (Exception exception) {
                throw new IllegalStateException(exception);
            }
        });
        assertThrows(InterruptedIOException.class, () -> ReassemblyClient.connect(URI.create("ws://x/"), options));
        assertTrue("the interrupt is not swallowed", Thread.interrupted());
        assertTrue(opened.get(60, TimeUnit.SECONDS).awaitAbort());
    }

    @Test
    public void close_with_1009_makes_frames_half_as_large_and_nothing_is_lost() throws Exception {
        ScriptedLink first = connect(LIMITS);
        byte[] payload = bytes(2000);
        CompletableFuture<Outcome> sending = client.send(payload, SendOptions.defaults());
        JsonNode open = first.expect("open");
        first.expectChunk();
        first.end(1009, "message too big");
        ScriptedLink second = transport.greet(LIMITS);
        second.expect("hello");
        second.expect("status");
        second.say(ack(open, 0, 100_000));
        second.expect("open");
        assertArrayEquals(payload, whole(second, 488, 488, 488, 488, 48));
        second.say(committed(open, 2000, digest(payload)));
        assertEquals(2, sending.get(60, TimeUnit.SECONDS).connections());
    }

    @Test
    public void hop_that_ends_two_connections_without_a_word_gets_smaller_frames() throws Exception {
        ScriptedLink server = connect(LIMITS);
        client.send(bytes(2000), SendOptions.defaults());
        JsonNode open = server.expect("open");
        assertEquals(1024, server.expectChunk().payload().remaining());
        server.end(1006, "reset");
        server = transport.greet(LIMITS);
        server.expect("hello");
        server.expect("status");
        server.say(ack(open, 0, 100_000));
        server.expect("open");
        assertEquals(1024, server.expectChunk().payload().remaining());
        server.end(1006, "reset");
        server = transport.greet(LIMITS);
        server.expect("hello");
        server.expect("status");
        server.say(ack(open, 0, 100_000));
        server.expect("open");
        assertEquals(488, server.expectChunk().payload().remaining());
    }

    @Test
    public void FRAME_TOO_BIG_makes_frames_as_small_as_it_says() throws Exception {
        ScriptedLink server = connect(LIMITS);
        client.send(bytes(2000), SendOptions.defaults());
        JsonNode open = server.expect("open");
        server.expectChunk();
        server.expectChunk();
        server.say("{'type':'error','code':'FRAME_TOO_BIG','scope':'frame','retryable':false,'limit':{'name':'frameBytes','max':548},'message':'too big'}");
        server.expect("status");
        server.say(ack(open, 0, 100_000));
        server.expect("open");
        assertEquals(500, server.expectChunk().payload().remaining());
    }

    @Test
    public void goaway_moves_the_send_when_all_that_was_sent_is_durable() throws Exception {
        ScriptedLink old = connect("'frameBytes':1072,'minChunkBytes':1,'windowBytes':2048");
        byte[] payload = bytes(3000);
        CompletableFuture<Outcome> sending = client.send(payload, SendOptions.defaults());
        JsonNode open = old.expect("open");
        old.expectChunk();
        old.expectChunk();
        old.say("{'type':'goaway','reason':'drain','graceMs':60000}");
        ScriptedLink next = transport.greet(LIMITS);
        next.expect("hello");
        assertTrue("it waits for the acks of the old connection", next.isQuietFor(200));
        old.say(ack(open, 2048, 100_000));
        next.expect("status");
        assertTrue("nothing new goes over the old one", old.isQuietFor(50));
        next.say(ack(open, 2048, 100_000));
        assertEquals(2048, next.expectChunk().header().offset());
        next.say(committed(open, 3000, digest(payload)));
        assertEquals(0, sending.get(60, TimeUnit.SECONDS).resentBytes());
    }

    @Test
    public void silent_server_is_left_for_another_connection() throws Exception {
        options = options.withAckTimeout(Duration.ofMillis(50)).withSilenceTimeout(Duration.ofMillis(200));
        ScriptedLink silent = connect(LIMITS);
        client.send(bytes(10), SendOptions.defaults());
        ScriptedLink next = transport.greet(LIMITS);
        next.expect("hello");
        next.expect("status");
        assertTrue(silent.isAborted());
    }
}
