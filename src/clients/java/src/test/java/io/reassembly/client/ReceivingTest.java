package io.reassembly.client;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import io.reassembly.client.errors.ErrorCode;
import io.reassembly.client.errors.MessageLostException;
import io.reassembly.client.errors.PayloadMismatchException;
import io.reassembly.client.errors.ReassemblyException;
import io.reassembly.client.testing.ScriptedLink;
import io.reassembly.client.testing.ScriptedSubscription;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.Test;

/** What a subscriber says and does, message by message. */
public class ReceivingTest extends ScriptedSubscription {
    @Test
    public void message_comes_whole_and_is_answered_once() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults().withInFlight(3));
        begin(server, ID, PAYLOAD, 2, ",'contentType':'text/plain','headers':{'k':'v'}");
        ReceivedMessage message = take();
        server.chunk(ID, 0, PAYLOAD.length, Arrays.copyOf(PAYLOAD, 10), false);
        server.chunk(ID, 10, PAYLOAD.length, Arrays.copyOfRange(PAYLOAD, 10, PAYLOAD.length), true);
        assertArrayEquals(PAYLOAD, message.body().readAllBytes());
        assertEquals("text/plain", message.contentType());
        assertEquals("v", message.headers().get("k"));
        assertEquals(2, message.attempt());
        message.complete();
        message.complete();
        message.close();
        assertEquals(ID.toString(), server.expect("delivered").get("id").asText());
        assertTrue(server.isQuietFor(50));
    }

    @Test
    public void empty_message_is_a_message() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        begin(server, ID, new byte[0], 1, "");
        server.chunk(ID, 0, 0, new byte[0], true);
        ReceivedMessage message = take();
        assertEquals(-1, message.body().read());
        message.complete();
        server.expect("delivered");
    }

    @Test
    public void complete_reads_and_verifies_what_was_not_read() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        say(server, ID, PAYLOAD.length, digest(new byte[1]), 1, "");
        server.chunk(ID, 0, PAYLOAD.length, PAYLOAD, true);
        ReceivedMessage message = take();
        assertThrows(PayloadMismatchException.class, message::complete);
        message.close();
        server.expect("retry");
    }

    @Test
    public void last_byte_is_not_given_before_the_digest_is_right() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        say(server, ID, PAYLOAD.length, digest(new byte[1]), 1, "");
        server.chunk(ID, 0, PAYLOAD.length, PAYLOAD, true);
        ReceivedMessage message = take();
        assertThrows(PayloadMismatchException.class, () -> message.body().read(new byte[PAYLOAD.length]));
        assertThrows(PayloadMismatchException.class, () -> message.body().read());
        message.close();
    }

    @Test
    public void closed_or_retried_message_is_given_back() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        begin(server, ID, PAYLOAD, 1, "");
        take().close();
        assertNull(server.expect("retry").get("afterMs"));
        server.chunk(ID, 0, PAYLOAD.length, PAYLOAD, true);
        begin(server, OTHER, PAYLOAD, 1, "");
        ReceivedMessage message = take();
        message.retry(Duration.ofMillis(1500));
        assertEquals(1500, server.expect("retry").get("afterMs").asLong());
        assertThrows(IllegalStateException.class, message::complete);
        assertTrue("chunks that were under way end nothing", server.chunk(OTHER, 0, PAYLOAD.length, PAYLOAD, true) == null);
    }

    @Test
    public void lost_connection_loses_the_message_and_subscribes_anew() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        begin(server, ID, PAYLOAD, 1, "");
        server.chunk(ID, 0, PAYLOAD.length, Arrays.copyOf(PAYLOAD, 5), false);
        ReceivedMessage message = take();
        assertEquals(5, message.body().read(new byte[100]));
        server.end(1006, "reset");
        assertThrows(MessageLostException.class, () -> message.body().read());
        assertThrows(MessageLostException.class, message::complete);
        ScriptedLink next = transport.greet("");
        next.expect("hello");
        assertEquals("c", next.expect("subscribe").get("channel").asText());
    }

    @Test
    public void answer_that_is_under_way_when_the_connection_ends_is_no_answer() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        begin(server, ID, new byte[0], 1, "");
        server.holdSends();
        ReceivedMessage message = take();
        CompletableFuture<Void> completing = CompletableFuture.runAsync(() -> assertThrows(MessageLostException.class, message::complete));
        server.expect("delivered");
        server.end(1006, "reset");
        completing.get(60, TimeUnit.SECONDS);
    }

    @Test
    public void message_that_nobody_saw_before_its_loss_is_not_handed_out() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        begin(server, ID, PAYLOAD, 1, "");
        server.end(1006, "reset");
        ScriptedLink next = transport.greet("");
        next.expect("hello");
        next.expect("subscribe");
        begin(next, OTHER, PAYLOAD, 1, "");
        assertEquals(OTHER, take().id());
    }

    @Test
    public void goaway_leaves_the_message_in_hand_answerable() throws Exception {
        ScriptedLink old = subscribe(SubscribeOptions.defaults());
        begin(old, ID, PAYLOAD, 1, "");
        ReceivedMessage message = take();
        old.say("{'type':'goaway','reason':'drain','graceMs':60000}");
        ScriptedLink next = transport.greet("");
        next.expect("hello");
        next.expect("subscribe");
        old.chunk(ID, 0, PAYLOAD.length, PAYLOAD, true);
        message.complete();
        assertEquals(ID.toString(), old.expect("delivered").get("id").asText());
    }

    @Test
    public void full_buffer_stops_the_reading_until_half_of_it_is_taken() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults().withBufferBytes(10));
        begin(server, ID, PAYLOAD, 1, "");
        ReceivedMessage message = take();
        CompletionStage<?> room = server.chunk(ID, 0, PAYLOAD.length, Arrays.copyOf(PAYLOAD, 12), false);
        assertNotNull("the socket is not read on", room);
        message.body().readNBytes(6);
        assertTrue(!room.toCompletableFuture().isDone());
        message.body().readNBytes(1);
        assertTrue(room.toCompletableFuture().isDone());
    }

    @Test
    public void message_that_nobody_reads_goes_back_when_others_wait_behind_it() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults().withInFlight(2).withBufferBytes(10).withStallTimeout(Duration.ofMillis(100)));
        begin(server, ID, PAYLOAD, 1, "");
        ReceivedMessage unread = take();
        CompletionStage<?> room = server.chunk(ID, 0, PAYLOAD.length, Arrays.copyOf(PAYLOAD, 12), false);
        CompletableFuture<ReceivedMessage> waiting = CompletableFuture.supplyAsync(this::takeUnchecked);
        assertEquals(ID.toString(), server.expect("retry").get("id").asText());
        room.toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertThrows(MessageLostException.class, () -> unread.body().read());
        begin(server, OTHER, PAYLOAD, 1, "");
        assertEquals(OTHER, waiting.get(60, TimeUnit.SECONDS).id());
    }

    @Test
    public void damaged_or_misplaced_chunk_ends_the_connection() throws Exception {
        options = options.withSilenceTimeout(Duration.ofHours(1));
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        begin(server, ID, PAYLOAD, 1, "");
        server.chunk(ID, 5, PAYLOAD.length, new byte[1], false);
        ScriptedLink next = transport.greet("");
        assertTrue(server.isAborted());
        next.expect("hello");
        next.expect("subscribe");
        next.chunk(OTHER, 0, 1, new byte[1], true);
        transport.accept();
        assertTrue("a chunk of no message", next.isAborted());
    }

    @Test
    public void refused_subscription_is_told_to_who_waits() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        server.say("{'type':'error','code':'FORBIDDEN','scope':'frame','retryable':false,'message':'not yours'}");
        ReassemblyException failure = assertThrows(ReassemblyException.class, subscription::take);
        assertEquals(ErrorCode.FORBIDDEN, failure.error().code());
    }

    @Test
    public void silent_server_is_asked_and_then_left() throws Exception {
        options = options.withSilenceTimeout(Duration.ofSeconds(6));
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        server.expect("ping");
        server.say("{'type':'pong','nonce':0}");
        server.expect("ping");
        transport.greet("");
        assertTrue(server.isAborted());
    }

    private ReceivedMessage takeUnchecked() {
        try {
            return take();
        } catch (Exception exception) {
            throw new IllegalStateException(exception);
        }
    }
}
