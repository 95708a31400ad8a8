package io.reassembly.client.testing;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** The server itself, in a process of its own that can be killed and started again over the same data. */
public final class RealServer implements AutoCloseable {
    private static final long PATIENCE_MS = 120_000;

    private final Path folder;
    private final int port;
    private final String[] settings;
    private Process process;

    /** @param settings further command line settings */
    public RealServer(String... settings) throws IOException, InterruptedException {
        folder = Files.createTempDirectory("reassembly-java-");
        port = freePort();
        this.settings = settings;
        start();
    }

    public int port() {
        return port;
    }

    public URI uri() {
        return URI.create("ws://127.0.0.1:" + port + "/ws");
    }

    public void start() throws IOException, InterruptedException {
        String executable = System.getenv("REASSEMBLY_SERVER");
        if (executable == null || !Files.isExecutable(Path.of(executable))) {
            throw new IOException("REASSEMBLY_SERVER does not name the server's executable: " + executable);
        }

        List<String> command = new ArrayList<>(List.of(
            executable, "--urls", "http://127.0.0.1:" + port, "--Reassembly:Disk:Path", folder.resolve("data").toString()));
        command.addAll(List.of(settings));
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        long until = System.currentTimeMillis() + PATIENCE_MS;
        while (!isReady()) {
            if (!process.isAlive() || System.currentTimeMillis() > until) {
                throw new IOException("the server did not come up: " + Files.readString(folder.resolve("log")));
            }

            Thread.sleep(50);
        }
    }

    /** As {@code kill -9}. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() throws IOException {
        kill();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private boolean isReady() {
        try {
            HttpURLConnection probe = (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/health/ready").toURL().openConnection();
            return probe.getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException exception) {
            return false;
        }
    }

    /** Below those that the system hands out: nobody gets it while the server is down, least of all a client calling itself. */
    private static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(15_000, 32_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // Another one.
            }
        }
    }
}
