package io.reassembly.client.testing;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.reassembly.client.ClientOptions;
import io.reassembly.client.Outcome;
import io.reassembly.client.ReassemblyClient;
import io.reassembly.client.internal.frames.ChunkFrame;
import io.reassembly.client.internal.sources.RunningDigest;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.After;

/** What tests of sending share: a client whose server is the test, message by message. */
public abstract class ScriptedSends {
    protected static final String LIMITS = "'frameBytes':1072,'minChunkBytes':1,'windowBytes':100000";

    protected final ScriptedTransport transport = new ScriptedTransport();
    protected ClientOptions options = ClientOptions.defaults()
        .withTransport(transport)
        .withBackoff(Duration.ofMillis(1), Duration.ofMillis(5))
        .withGiveUpAfter(Duration.ofSeconds(60));
    protected ReassemblyClient client;

    @After
    public void close() {
        if (client != null) {
            client.close();
        }
    }

    protected final ScriptedLink connect(String limits) throws Exception {
        CompletableFuture<ReassemblyClient> connecting = ReassemblyClient.connectAsync(List.of(URI.create("ws://x/")), options);
        ScriptedLink server = transport.greet(limits);
        client = connecting.get(60, TimeUnit.SECONDS);
        assertEquals(options.receiveFrameBytes(), server.expect("hello").get("receiveFrameBytes").asInt());
        return server;
    }

    protected static byte[] whole(ScriptedLink server, int... lengths) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int length : lengths) {
            ChunkFrame frame = server.expectChunk();
            byte[] bytes = new byte[frame.payload().remaining()];
            frame.payload().get(bytes);
            assertEquals(length, bytes.length);
            assertEquals(all.size(), frame.header().offset());
            all.write(bytes);
        }

        return all.toByteArray();
    }

    protected static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        for (int index = 0; index < count; index++) {
            bytes[index] = (byte) (index * 31);
        }

        return bytes;
    }

    protected static String digest(byte[] bytes) {
        RunningDigest digest = new RunningDigest();
        digest.append(0, bytes, 0, bytes.length);
        return digest.finish();
    }

    protected static String ack(JsonNode open, long durable, long credit) {
        return "{'type':'ack','id':'" + open.get("id").asText() + "','durable':" + durable + ",'missing':[],'credit':" + credit + "}";
    }

    protected static String committed(JsonNode open, long size, String sha256) {
        return "{'type':'outcome','id':'" + open.get("id").asText() + "','state':'committed','size':" + size + ",'sha256':'" + sha256 + "'}";
    }

    protected static Throwable failureOf(CompletableFuture<Outcome> sending) {
        return assertThrows(ExecutionException.class, () -> sending.get(60, TimeUnit.SECONDS)).getCause();
    }
}
