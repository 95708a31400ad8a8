import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;

/** The library unmodified, with its own way of backpressure: a send returns when the library says that the next one may come. */
interface PlainSocket extends AutoCloseable {
    /** How a connection ended, as the library reports it. */
    record End(int code, String reason) {
    }

    /** One library. */
    interface Library {
        PlainSocket open(URI endpoint, boolean offersDeflate) throws Exception;
    }

    void sendBinary(ByteBuffer message) throws IOException;

    void sendText(String message) throws IOException;

    /** The next text message; null where the connection ends or the time is up first. */
    String takeText(long timeoutMs) throws InterruptedException;

    /** Waits for the end; null where the time is up first. */
    End awaitEnd(long timeoutMs) throws InterruptedException;

    boolean isDeflateNegotiated();

    @Override
    void close();
}
