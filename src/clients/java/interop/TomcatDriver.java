import io.reassembly.client.jakarta.JakartaTransport;
import jakarta.websocket.ContainerProvider;
import java.util.Map;

/** The driver for Jakarta WebSocket, as Tomcat has it. */
public final class TomcatDriver {
    /** Tomcat's client calls itself for each 8 KiB of a frame; one frame of 64 MiB overflows its stack. */
    private static final int LARGEST_FRAME_BYTES = 1 << 20;

    private TomcatDriver() {
    }

    public static void main(String[] args) {
        new Driver(
            () -> {
                Package container = ContainerProvider.getWebSocketContainer().getClass().getPackage();
                String library = container.getImplementationTitle().replace("Apache ", "") + " " + container.getImplementationVersion();
                return Map.of("library", library, "runtime", "java " + System.getProperty("java.version"));
            },
            JakartaTransport::new,
            JakartaSocket::open,
            JakartaRaw::send,
            JakartaJson::send,
            LARGEST_FRAME_BYTES).run(args);
    }
}
