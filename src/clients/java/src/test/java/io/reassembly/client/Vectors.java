package io.reassembly.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The test vectors that clients and servers of every language share. */
public final class Vectors {
    private static final Path FOLDER = Path.of(System.getProperty("vectors", "../../../tests/vectors"));

    private Vectors() {
    }

    /** One row for each vector, for a parameterized test: its name, and itself. */
    public static List<Object[]> rows(String file) throws IOException {
        List<Object[]> rows = new ArrayList<>();
        for (JsonNode vector : new ObjectMapper().readTree(FOLDER.resolve(file).toFile()).get("vectors")) {
            rows.add(new Object[] {vector.get("name").asText(), vector});
        }

        return rows;
    }
}
