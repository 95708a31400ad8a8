import io.reassembly.client.ClientOptions;
import io.reassembly.client.ReassemblyClient;
import io.reassembly.client.ReceivedMessage;
import io.reassembly.client.SubscribeOptions;
import io.reassembly.client.Subscription;
import io.reassembly.client.errors.MessageLostException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

public final class Receive {
    private Receive() {
    }

    public static void main(String[] args) throws Exception {
        try (ReassemblyClient client = ReassemblyClient.connect(URI.create("ws://localhost:8080/ws"), ClientOptions.defaults());
            Subscription invoices = client.subscribe("invoices", SubscribeOptions.defaults())) {
            while (true) {
                try (ReceivedMessage message = invoices.take()) {
                    Files.copy(message.body(), Path.of(message.id().toString()), StandardCopyOption.REPLACE_EXISTING);
                    message.complete();
                } catch (MessageLostException lost) {
                    // Its connection is gone; it comes again.
                }
            }
        }
    }
}
