package io.reassembly.client;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.reassembly.client.errors.MessageRejectedException;
import io.reassembly.client.errors.PayloadMismatchException;
import io.reassembly.client.internal.frames.ChunkFrame;
import io.reassembly.client.testing.ScriptedLink;
import io.reassembly.client.testing.ScriptedSends;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.Test;

/** What the client says of a message, and what becomes of its outcome. */
public class SendingTest extends ScriptedSends {
    @Test
    public void chunks_are_as_large_as_welcome_allows_and_the_outcome_is_compared() throws Exception {
        ScriptedLink server = connect(LIMITS);
        byte[] payload = bytes(2500);
        CompletableFuture<Outcome> sending = client.send(payload, SendOptions.defaults().withChannel("c").withContentType("a/b").withHeaders(Map.of("k", "v")));
        JsonNode open = server.expect("open");
        assertEquals("c", open.get("channel").asText());
        assertEquals("a/b", open.get("contentType").asText());
        assertEquals("v", open.at("/headers/k").asText());
        assertEquals(2500, open.get("size").asLong());
        assertArrayEquals(payload, whole(server, 1024, 1024, 452));
        server.say(committed(open, 2500, digest(payload)));
        Outcome outcome = sending.get(60, TimeUnit.SECONDS);
        assertEquals(2500, outcome.sentBytes());
        assertEquals(digest(payload), outcome.sha256());
        assertEquals(1, outcome.connections());
    }

    @Test
    public void outcome_with_another_digest_is_a_mismatch() throws Exception {
        ScriptedLink server = connect(LIMITS);
        CompletableFuture<Outcome> sending = client.send(bytes(10), SendOptions.defaults());
        JsonNode open = server.expect("open");
        server.say(committed(open, 10, digest(bytes(11))));
        assertTrue(failureOf(sending) instanceof PayloadMismatchException);
    }

    @Test
    public void digest_is_compared_where_it_is_useful() throws Exception {
        int useful = 16 * 1024 * 1024;
        SendOptions options = SendOptions.defaults();
        assertCompares(true, useful, options);
        assertCompares(false, useful + 1, options);
        assertCompares(true, useful + 1, options.withId(UUID.randomUUID()));
        assertCompares(true, useful + 1, options.withCheckDigest(true));
        assertCompares(false, 7, options.withCheckDigest(false));
        assertCompares(false, 7, options.withSha256(digest(bytes(11))));
        assertCompares(true, 7, options.withSha256(digest(bytes(11))).withCheckDigest(true));
        assertCompares(false, 7, options.withId(UUID.randomUUID()).withCheckDigest(false));
    }

    private void assertCompares(boolean expected, int size, SendOptions options) throws Exception {
        String other = digest(bytes(11));
        for (Object payload : List.of(new byte[size], new ByteArrayInputStream(new byte[size]))) {
            ScriptedLink server = connect(LIMITS);
            CompletableFuture<Outcome> sending = payload instanceof byte[] array ? client.send(array, options) : client.send((InputStream) payload, options);
            server.say(committed(server.expect(options.id() == null ? "open" : "status"), size, other));
            if (expected) {
                assertTrue(failureOf(sending) instanceof PayloadMismatchException);
            } else {
                assertEquals(other, sending.get(60, TimeUnit.SECONDS).sha256());
            }
        }
    }

    @Test
    public void server_has_the_word_on_a_digest_that_is_not_checked_and_not_on_one_that_was_announced() throws Exception {
        ScriptedLink server = connect(LIMITS);
        for (Object payload : List.of(bytes(10), new ByteArrayInputStream(bytes(10)))) {
            SendOptions unchecked = SendOptions.defaults().withCheckDigest(false);
            CompletableFuture<Outcome> sending = payload instanceof byte[] array ? client.send(array, unchecked) : client.send((InputStream) payload, unchecked);
            JsonNode open = server.expect("open");
            // A stream may come in two: its last byte waits until its end is known.
            ChunkFrame frame = server.expectChunk();
            while (!frame.header().last()) {
                frame = server.expectChunk();
            }

            server.say(committed(open, 10, digest(bytes(11))));
            assertEquals(digest(bytes(11)), sending.get(60, TimeUnit.SECONDS).sha256());
        }

        CompletableFuture<Outcome> announced = client.send(bytes(10), SendOptions.defaults().withCheckDigest(false).withSha256(digest(bytes(10))));
        JsonNode open = server.expect("open");
        assertEquals(digest(bytes(10)), open.get("sha256").asText());
        server.say(committed(open, 10, digest(bytes(11))));
        assertTrue(failureOf(announced) instanceof PayloadMismatchException);
    }

    @Test
    public void rejected_message_fails_with_what_the_server_said() throws Exception {
        ScriptedLink server = connect(LIMITS);
        CompletableFuture<Outcome> sending = client.send(bytes(10), SendOptions.defaults());
        String id = server.expect("open").get("id").asText();
        server.say("{'type':'outcome','id':'" + id + "','state':'rejected','error':{'code':'MESSAGE_TOO_BIG','message':'too big',"
            + "'limit':{'name':'messageBytes','max':5,'actual':10,'hop':'edge'}}}");
        MessageRejectedException failure = (MessageRejectedException) failureOf(sending);
        assertEquals("rejected", failure.state());
        assertEquals(5, failure.error().limit().max().longValue());
    }

    @Test
    public void one_message_goes_out_at_a_time() throws Exception {
        transport.holdSends();
        client = null;
        CompletableFuture<ReassemblyClient> connecting = ReassemblyClient.connectAsync(List.of(URI.create("ws://x/")), options);
        ScriptedLink server = transport.greet(LIMITS);
        client = connecting.get(60, TimeUnit.SECONDS);
        client.send(bytes(5000), SendOptions.defaults());
        server.expect("hello");
        assertTrue("the next one waits for the end of the one before", server.isQuietFor(100));
        server.release();
        server.expect("open");
        server.release();
        assertEquals(1024, server.expectChunk().payload().remaining());
        assertTrue(server.isQuietFor(100));
        server.release();
        server.expectChunk();
    }

    @Test
    public void messages_take_turns_chunk_by_chunk() throws Exception {
        transport.holdSends();
        CompletableFuture<ReassemblyClient> connecting = ReassemblyClient.connectAsync(List.of(URI.create("ws://x/")), options);
        ScriptedLink server = transport.greet(LIMITS);
        client = connecting.get(60, TimeUnit.SECONDS);
        client.send(bytes(50_000), SendOptions.defaults());
        client.send(bytes(50_000), SendOptions.defaults());
        List<UUID> order = new ArrayList<>();
        server.expect("hello");
        server.release();
        while (order.size() < 20) {
            Object next = server.next();
            server.release();
            if (next instanceof byte[] frame) {
                order.add(ChunkFrame.read(ByteBuffer.wrap(frame)).header().id());
            }
        }

        // The one that came first may fill what is prepared before the other is there.
        List<UUID> later = order.subList(8, order.size());
        Set<UUID> seen = new HashSet<>(later);
        assertEquals("both have turns: " + order, 2, seen.size());
        for (int index = 2; index < later.size(); index++) {
            // Room that is made between the looks of two sends goes to the second: so twice, but never three times.
            Set<UUID> three = Set.copyOf(later.subList(index - 2, index + 1));
            assertEquals("they take turns: " + order, 2, three.size());
        }
    }

    @Test
    public void cancelled_send_aborts_its_message() throws Exception {
        ScriptedLink server = connect(LIMITS);
        CompletableFuture<Outcome> sending = client.send(bytes(10), SendOptions.defaults());
        String id = server.expect("open").get("id").asText();
        server.expectChunk();
        sending.cancel(true);
        assertEquals(id, server.expect("abort").get("id").asText());
    }

    @Test
    public void closed_client_fails_its_sends_and_says_good_bye() throws Exception {
        ScriptedLink server = connect(LIMITS);
        CompletableFuture<Outcome> sending = client.send(bytes(10), SendOptions.defaults());
        server.expect("open");
        server.expectChunk();
        client.close();
        assertTrue(failureOf(sending).getMessage().contains("closed"));
        assertEquals(1000, server.expect("close").get("code").asInt());
        assertTrue(failureOf(client.send(bytes(1), SendOptions.defaults())).getMessage().contains("closed"));
    }

    @Test
    public void progress_callback_that_throws_ends_its_own_send_only() throws Exception {
        ScriptedLink server = connect(LIMITS);
        CompletableFuture<Outcome> bad = client.send(bytes(10), SendOptions.defaults().withProgress(progress -> {
            throw new IllegalStateException("mine");
        }));
        JsonNode open = server.expect("open");
        server.expectChunk();
        server.say(ack(open, 5, 100_000));
        assertEquals("mine", failureOf(bad).getMessage());
        CompletableFuture<Outcome> good = client.send(bytes(10), SendOptions.defaults());
        JsonNode second = server.expect("open");
        server.expectChunk();
        server.say(committed(second, 10, digest(bytes(10))));
        good.get(60, TimeUnit.SECONDS);
    }

    @Test
    public void stream_that_fails_fails_its_send() throws Exception {
        connect(LIMITS);
        CompletableFuture<Outcome> sending = client.send(new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("disk on fire");
            }
        }, SendOptions.defaults());
        assertTrue(failureOf(sending).getMessage().contains("disk on fire"));
    }

    @Test
    public void stream_is_compressed_before_it_is_cut() throws Exception {
        ScriptedLink server = connect("'frameBytes':65536,'minChunkBytes':1,'windowBytes':100000");
        byte[] payload = new byte[500_000];
        CompletableFuture<Outcome> sending = client.send(new ByteArrayInputStream(payload), SendOptions.defaults().withEncoding(Encoding.GZIP));
        JsonNode open = server.expect("open");
        assertEquals("gzip", open.get("contentEncoding").asText());
        assertTrue(open.get("size") == null);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (boolean last = false; !last; ) {
            ChunkFrame frame = server.expectChunk();
            while (frame.payload().hasRemaining()) {
                all.write(frame.payload().get());
            }

            last = frame.header().last();
        }

        byte[] compressed = all.toByteArray();
        assertArrayEquals(payload, new GZIPInputStream(new ByteArrayInputStream(compressed)).readAllBytes());
        server.say(committed(open, compressed.length, digest(compressed)));
        assertEquals(compressed.length, sending.get(60, TimeUnit.SECONDS).size());
    }
}
