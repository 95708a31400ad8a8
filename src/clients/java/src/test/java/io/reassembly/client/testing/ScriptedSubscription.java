package io.reassembly.client.testing;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.reassembly.client.ClientOptions;
import io.reassembly.client.ReassemblyClient;
import io.reassembly.client.ReceivedMessage;
import io.reassembly.client.SubscribeOptions;
import io.reassembly.client.Subscription;
import io.reassembly.client.internal.sources.RunningDigest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.After;

/** What tests of receiving share: a subscription whose server is the test, message by message. */
public abstract class ScriptedSubscription {
    protected static final UUID ID = UUID.fromString("0199c0de-0000-7000-8000-000000000001");
    protected static final UUID OTHER = UUID.fromString("0199c0de-0000-7000-8000-000000000002");
    protected static final byte[] PAYLOAD = "not very long, but more than one chunk".getBytes(StandardCharsets.US_ASCII);

    protected final ScriptedTransport transport = new ScriptedTransport();
    protected ClientOptions options = ClientOptions.defaults().withTransport(transport).withBackoff(Duration.ofMillis(1), Duration.ofMillis(5));
    private ReassemblyClient client;
    protected Subscription subscription;

    @After
    public void close() {
        subscription.close();
        client.close();
    }

    protected final ScriptedLink subscribe(SubscribeOptions subscribe) throws Exception {
        CompletableFuture<ReassemblyClient> connecting = ReassemblyClient.connectAsync(List.of(URI.create("ws://x/")), options);
        transport.greet("");
        client = connecting.get(60, TimeUnit.SECONDS);
        subscription = client.subscribe("c", subscribe);
        ScriptedLink server = transport.greet("");
        server.expect("hello");
        JsonNode said = server.expect("subscribe");
        assertEquals("c", said.get("channel").asText());
        assertEquals(subscribe.inFlight(), said.get("inFlight").asInt());
        return server;
    }

    protected final ReceivedMessage take() throws Exception {
        ReceivedMessage message = subscription.poll(Duration.ofSeconds(60));
        assertNotNull("a message was expected", message);
        return message;
    }

    protected static void begin(ScriptedLink server, UUID id, byte[] payload, int attempt, String more) {
        say(server, id, payload.length, digest(payload), attempt, more);
    }

    protected static void say(ScriptedLink server, UUID id, int size, String sha256, int attempt, String more) {
        server.say("{'type':'message','id':'" + id + "','channel':'c','size':" + size + ",'sha256':'" + sha256 + "','attempt':" + attempt + more + "}")
            .toCompletableFuture().join();
    }

    protected static String digest(byte[] bytes) {
        RunningDigest digest = new RunningDigest();
        digest.append(0, bytes, 0, bytes.length);
        return digest.finish();
    }
}
