package io.reassembly.client.internal.frames;

import static org.junit.Assert.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.reassembly.client.Vectors;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;

@RunWith(Parameterized.class)
public class ChecksumVectorTest {
    private final JsonNode vector;

    public ChecksumVectorTest(String name, JsonNode vector) {
        this.vector = vector;
    }

    @Parameters(name = "{0}")
    public static List<Object[]> rows() throws IOException {
        return Vectors.rows("crc32c.json");
    }

    @Test
    public void checksum_of_the_JDK_is_that_of_the_contract() {
        CRC32C crc = new CRC32C();
        crc.update(HexFormat.of().parseHex(vector.get("hex").asText()));
        assertEquals(vector.get("crc32c").asText(), String.format("%08x", crc.getValue()));
    }
}
