import io.reassembly.client.ClientOptions;
import io.reassembly.client.Outcome;
import io.reassembly.client.ReassemblyClient;
import io.reassembly.client.SendOptions;
import java.net.URI;
import java.nio.file.Path;

public final class Send {
    private Send() {
    }

    public static void main(String[] args) throws Exception {
        try (ReassemblyClient client = ReassemblyClient.connect(URI.create("ws://localhost:8080/ws"), ClientOptions.defaults())) {
            Outcome outcome = client.send(Path.of("invoice.pdf"), SendOptions.defaults().withChannel("invoices")).get();
            System.out.println(outcome.id() + ": " + outcome.size() + " bytes, SHA-256 " + outcome.sha256());
        }
    }
}
