import io.reassembly.client.jdk.JdkTransport;
import java.util.Map;

/** The driver for the JDK's own WebSocket. */
public final class JdkDriver {
    private JdkDriver() {
    }

    public static void main(String[] args) {
        String version = System.getProperty("java.version");
        new Driver(
            () -> Map.of("library", "java.net.http.WebSocket " + version, "runtime", "java " + version),
            JdkTransport::new,
            JdkSocket::open,
            JdkRaw::send,
            JdkJson::send,
            Integer.MAX_VALUE).run(args);
    }
}
