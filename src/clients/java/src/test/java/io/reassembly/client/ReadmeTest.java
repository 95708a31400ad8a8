package io.reassembly.client;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.Test;

/** What the README shows is what is compiled. */
public class ReadmeTest {
    private static final Pattern BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

    @Test
    public void every_java_block_is_a_part_of_a_file_that_is_compiled() throws IOException {
        String sources = Stream.of(Path.of("examples"), Path.of("plain")).flatMap(ReadmeTest::files).map(ReadmeTest::read).collect(Collectors.joining("\n"));
        for (String block : blocks()) {
            // Spring is not there to compile with, which the README says.
            if (!block.contains("@Bean")) {
                assertTrue(block, withoutIndent(sources).contains(withoutIndent(block)));
            }
        }
    }

    @Test
    public void every_plain_file_is_shown_whole() throws IOException {
        List<String> blocks = blocks();
        List<String> missing = files(Path.of("plain")).filter(file -> !blocks.contains(read(file))).map(Path::toString).toList();
        assertEquals(List.of(), missing);
    }

    private static List<String> blocks() throws IOException {
        return BLOCK.matcher(Files.readString(Path.of("README.md"))).results().map((MatchResult block) -> block.group(1)).toList();
    }

    private static String withoutIndent(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException exception) {
            throw new IllegalStateException(exception);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException exception) {
            throw new IllegalStateException(exception);
        }
    }
}
