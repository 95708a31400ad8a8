package io.reassembly.client;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import io.reassembly.client.errors.DecompressedTooBigException;
import io.reassembly.client.testing.ScriptedLink;
import io.reassembly.client.testing.ScriptedSubscription;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.Test;

/** Payloads that were compressed before they were sent. */
public class DecompressionTest extends ScriptedSubscription {
    @Test
    public void gzip_is_undone_and_all_its_members_are_read() throws Exception {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        compressed.write(gzip(PAYLOAD));
        compressed.write(gzip(PAYLOAD));
        byte[] sent = compressed.toByteArray();
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        begin(server, ID, sent, 1, ",'contentEncoding':'gzip'");
        ReceivedMessage message = take();
        CompletableFuture<byte[]> body = CompletableFuture.supplyAsync(() -> readUnchecked(message));
        for (int at = 0; at < sent.length; at++) {
            server.chunk(ID, at, sent.length, new byte[] {sent[at]}, at == sent.length - 1);
        }

        byte[] plain = body.get(60, TimeUnit.SECONDS);
        assertArrayEquals(PAYLOAD, Arrays.copyOf(plain, PAYLOAD.length));
        assertEquals(2 * PAYLOAD.length, plain.length);
        message.complete();
    }

    @Test
    public void decompression_ends_at_its_cap() throws Exception {
        byte[] bomb = gzip(new byte[1_000_000]);
        ScriptedLink server = subscribe(SubscribeOptions.defaults().withMaxDecompressedBytes(100_000));
        begin(server, ID, bomb, 1, ",'contentEncoding':'gzip'");
        server.chunk(ID, 0, bomb.length, bomb, true);
        ReceivedMessage message = take();
        assertThrows(DecompressedTooBigException.class, () -> message.body().readAllBytes());
        assertThrows(DecompressedTooBigException.class, () -> message.body().read());
        message.complete();
        server.expect("delivered");
    }

    @Test
    public void encoding_that_nothing_undoes_is_told_and_can_be_had_as_it_is() throws Exception {
        ScriptedLink server = subscribe(SubscribeOptions.defaults());
        begin(server, ID, PAYLOAD, 1, ",'contentEncoding':'br'");
        ReceivedMessage message = take();
        IOException failure = assertThrows(IOException.class, () -> message.body().read());
        assertTrue(failure.getMessage(), failure.getMessage().contains("br"));
        message.close();
    }

    private static byte[] readUnchecked(ReceivedMessage message) {
        try {
            return message.body().readAllBytes();
        } catch (IOException exception) {
            throw new IllegalStateException(exception);
        }
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream stream = new GZIPOutputStream(compressed)) {
            stream.write(plain);
        }

        return compressed.toByteArray();
    }
}
