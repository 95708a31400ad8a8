package io.reassembly.client.endtoend;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import io.reassembly.client.ClientOptions;
import io.reassembly.client.Encoding;
import io.reassembly.client.Outcome;
import io.reassembly.client.ReassemblyClient;
import io.reassembly.client.ReceivedMessage;
import io.reassembly.client.SendOptions;
import io.reassembly.client.SendProgress;
import io.reassembly.client.SubscribeOptions;
import io.reassembly.client.Subscription;
import io.reassembly.client.errors.ErrorCode;
import io.reassembly.client.errors.MessageLostException;
import io.reassembly.client.errors.MessageRejectedException;
import io.reassembly.client.internal.sources.RunningDigest;
import io.reassembly.client.jakarta.JakartaTransport;
import io.reassembly.client.jdk.JdkTransport;
import io.reassembly.client.testing.CuttingProxy;
import io.reassembly.client.testing.RealServer;
import io.reassembly.client.transport.Transport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;

/** Both adapters against the server itself. */
@RunWith(Parameterized.class)
public class RealServerTest {
    private static final int PATIENCE_SECONDS = 300;
    private static final int LARGE = 16 << 20;

    /** Random bytes become a little larger by compression. */
    private static final int LIMIT = LARGE + 65_536;

    private static RealServer server;
    private static byte[] large;
    private static Path file;

    private final Supplier<Transport> transport;
    private final String channel = UUID.randomUUID().toString();

    public RealServerTest(String name, Supplier<Transport> transport) {
        this.transport = transport;
    }

    @Parameters(name = "{0}")
    public static List<Object[]> transports() {
        Supplier<Transport> jdk = JdkTransport::new;
        Supplier<Transport> jakarta = JakartaTransport::new;
        return List.of(new Object[] {"jdk", jdk}, new Object[] {"jakarta", jakarta});
    }

    @BeforeClass
    public static void start() throws Exception {
        server = new RealServer("--Reassembly:Limits:MessageBytes", Integer.toString(LIMIT));
        large = new byte[LARGE];
        new Random(7).nextBytes(large);
        file = Files.createTempFile("reassembly-java-", ".bin");
        Files.write(file, large);
    }

    @AfterClass
    public static void stop() throws Exception {
        server.close();
        Files.delete(file);
    }

    @Test
    public void every_kind_of_source_arrives_as_it_was() throws Exception {
        try (ReassemblyClient client = connect(server.uri()); FileChannel half = FileChannel.open(file)) {
            half.position(LARGE / 2);
            SendOptions send = SendOptions.defaults().withChannel(channel);
            List<CompletableFuture<Outcome>> all = List.of(
                client.send(file, send),
                client.send(large, send),
                client.send(new ByteArrayInputStream(large), send),
                client.send(new byte[0], send),
                client.send(new ByteArrayInputStream(new byte[0]), send),
                client.send(file, send.withEncoding(Encoding.GZIP)),
                client.send(half, send));
            for (CompletableFuture<Outcome> one : all) {
                one.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }

            assertEquals(digest(large), all.get(2).get().sha256());
            assertEquals(LARGE / 2, all.get(6).get().size());
        }
    }

    @Test
    public void what_is_sent_is_received_in_small_frames_with_its_digest() throws Exception {
        ClientOptions small = options().withReceiveFrameBytes(8192);
        try (ReassemblyClient client = ReassemblyClient.connect(server.uri(), small); Subscription subscription = client.subscribe(channel, SubscribeOptions.defaults())) {
            SendOptions send = SendOptions.defaults().withChannel(channel).withContentType("a/b");
            Outcome plain = client.send(file, send).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            client.send(file, send.withEncoding(Encoding.GZIP)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            try (ReceivedMessage message = take(subscription)) {
                assertEquals(plain.id(), message.id());
                assertEquals("a/b", message.contentType());
                message.retry(null);
            }

            for (int index = 0; index < 2; index++) {
                try (ReceivedMessage message = take(subscription)) {
                    assertArrayEquals(large, message.body().readAllBytes());
                    message.complete();
                }
            }
        }
    }

    @Test
    public void slow_reader_holds_the_server_up_and_nothing_else() throws Exception {
        try (ReassemblyClient client = connect(server.uri());
            Subscription subscription = client.subscribe(channel, SubscribeOptions.defaults().withBufferBytes(65_536))) {
            SendOptions send = SendOptions.defaults().withChannel(channel);
            client.send(file, send).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            try (ReceivedMessage message = take(subscription)) {
                assertTrue(message.body().read() >= 0);
                for (int others = 0; others < 20; others++) {
                    client.send(new byte[10], send.withChannel("other")).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                }

                int buffered = message.body().available();
                assertTrue("no more than the buffer and a frame: " + buffered, buffered <= 65_536 + 65_536);
                message.body().readAllBytes();
                message.complete();
            }
        }
    }

    @Test
    public void cut_connections_cost_only_what_was_not_durable() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(server.port(), 2, LARGE / 3); ReassemblyClient client = connect(proxy.uri())) {
            List<String> told = new ArrayList<>();
            SendOptions send = SendOptions.defaults().withProgress(progress -> {
                if (progress.kind() == SendProgress.Kind.RESUMED) {
                    told.add(progress.detail());
                }
            });
            Outcome outcome = client.send(file, send).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertEquals(digest(large), outcome.sha256());
            assertEquals(0, proxy.cutsLeft());
            assertEquals(3, outcome.connections());
            assertTrue(told.toString(), !told.isEmpty());
            assertTrue("sent again: " + outcome.resentBytes(), outcome.resentBytes() < LARGE);
        }
    }

    @Test
    public void stream_survives_a_cut_connection_from_its_window() throws Exception {
        ClientOptions options = options().withMaxUnackedBytes(1 << 20);
        try (CuttingProxy proxy = new CuttingProxy(server.port(), 1, LARGE / 2); ReassemblyClient client = ReassemblyClient.connect(proxy.uri(), options)) {
            Outcome outcome = client.send(new ByteArrayInputStream(large), SendOptions.defaults()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertEquals(digest(large), outcome.sha256());
            assertTrue("sent again: " + outcome.resentBytes(), outcome.resentBytes() <= 1 << 20);
        }
    }

    @Test
    public void message_whose_delivery_is_cut_comes_again_whole() throws Exception {
        // The JDK does not always tell that a connection has ended without a close frame; then silence does.
        ClientOptions options = options().withSilenceTimeout(Duration.ofSeconds(4));
        try (CuttingProxy proxy = new CuttingProxy(server.port(), 1, LARGE / 2);
            ReassemblyClient client = ReassemblyClient.connect(proxy.uri(), options);
            ReassemblyClient uncut = connect(server.uri());
            Subscription subscription = client.subscribe(channel, SubscribeOptions.defaults())) {
            uncut.send(file, SendOptions.defaults().withChannel(channel)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            try (ReceivedMessage cut = take(subscription)) {
                assertThrows(MessageLostException.class, () -> cut.body().readAllBytes());
            }

            try (ReceivedMessage again = take(subscription)) {
                assertTrue("attempt " + again.attempt(), again.attempt() > 1);
                assertArrayEquals(large, again.body().readAllBytes());
                again.complete();
            }
        }
    }

    @Test
    public void killed_server_that_comes_back_gets_the_rest() throws Exception {
        try (RealServer mortal = new RealServer(); ReassemblyClient client = connect(mortal.uri())) {
            CountDownLatch midway = new CountDownLatch(1);
            CompletableFuture<Outcome> sending = client.send(file, SendOptions.defaults().withProgress(progress -> {
                // Dead before another ack gives it credit for the rest.
                if (progress.durableBytes() > LARGE / 4 && midway.getCount() > 0) {
                    mortal.kill();
                    midway.countDown();
                }
            }));
            assertTrue(midway.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
            mortal.start();
            Outcome outcome = sending.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertEquals(digest(large), outcome.sha256());
            assertTrue("connections: " + outcome.connections(), outcome.connections() >= 2);
        }
    }

    @Test
    public void send_goes_on_under_its_id_in_another_client() throws Exception {
        UUID id = UUID.randomUUID();
        try (ReassemblyClient first = connect(server.uri())) {
            CountDownLatch midway = new CountDownLatch(1);
            first.send(file, SendOptions.defaults().withId(id).withProgress(progress -> midway.countDown()));
            assertTrue(midway.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }

        try (ReassemblyClient second = connect(server.uri())) {
            Outcome outcome = second.send(file, SendOptions.defaults().withId(id)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertEquals(digest(large), outcome.sha256());
            assertTrue("sent by the second: " + outcome.sentBytes(), outcome.sentBytes() < LARGE);
        }
    }

    @Test
    public void too_big_a_message_is_refused_with_its_limit_and_the_next_one_is_served() throws Exception {
        try (ReassemblyClient client = connect(server.uri())) {
            CompletableFuture<Outcome> tooBig = client.send(new byte[LIMIT + 1], SendOptions.defaults());
            Throwable failure = assertThrows(ExecutionException.class, () -> tooBig.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).getCause();
            MessageRejectedException rejected = (MessageRejectedException) failure;
            assertEquals(ErrorCode.MESSAGE_TOO_BIG, rejected.error().code());
            assertEquals(LIMIT, rejected.error().limit().max().longValue());
            client.send(new byte[10], SendOptions.defaults()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    public void wrong_path_is_refused_at_once() {
        URI wrong = URI.create("ws://127.0.0.1:" + server.port() + "/nothing");
        IOException failure = assertThrows(IOException.class, () -> connect(wrong));
        assertTrue(failure.getMessage(), failure.getMessage().contains("404"));
    }

    private ClientOptions options() {
        return ClientOptions.defaults().withTransport(transport.get()).withBackoff(Duration.ofMillis(20), Duration.ofMillis(500));
    }

    private ReassemblyClient connect(URI endpoint) throws IOException {
        return ReassemblyClient.connect(endpoint, options());
    }

    private static ReceivedMessage take(Subscription subscription) throws Exception {
        ReceivedMessage message = subscription.poll(Duration.ofSeconds(PATIENCE_SECONDS));
        assertTrue("a message was expected", message != null);
        return message;
    }

    private static String digest(byte[] bytes) {
        RunningDigest digest = new RunningDigest();
        digest.append(0, bytes, 0, bytes.length);
        return digest.finish();
    }
}
