package io.reassembly.client.internal.frames;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.reassembly.client.Vectors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;

@RunWith(Parameterized.class)
public class FrameVectorTest {
    private final JsonNode vector;

    public FrameVectorTest(String name, JsonNode vector) {
        this.vector = vector;
    }

    @Parameters(name = "{0}")
    public static List<Object[]> rows() throws IOException {
        return Vectors.rows("frames.json");
    }

    @Test
    public void frame_is_read_as_the_vector_says() throws Exception {
        ByteBuffer frame = ByteBuffer.wrap(HexFormat.of().parseHex(vector.get("frameHex").asText()));
        if (vector.has("error")) {
            MalformedFrameException refusal = assertThrows(MalformedFrameException.class, () -> ChunkFrame.read(frame));
            assertEquals(vector.get("error").asText(), refusal.code().name());
            return;
        }

        ChunkFrame read = ChunkFrame.read(frame);
        JsonNode header = vector.get("header");
        byte[] payload = new byte[read.payload().remaining()];
        read.payload().get(payload);
        assertEquals(header.get("sequence").asLong(), Integer.toUnsignedLong(read.header().sequence()));
        assertEquals(header.get("id").asText(), read.header().id().toString());
        assertEquals(header.get("offset").asText(), Long.toString(read.header().offset()));
        assertEquals(header.get("totalSize").asText(), Long.toUnsignedString(read.header().totalSize()));
        assertEquals(header.get("last").asBoolean(), read.header().last());
        assertEquals(header.get("payloadHex").asText(), HexFormat.of().formatHex(payload));
    }
}
