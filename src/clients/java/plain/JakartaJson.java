import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.websocket.ClientEndpoint;
import jakarta.websocket.CloseReason;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

@ClientEndpoint(subprotocols = "reassembly.v1")
public final class JakartaJson {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    static String send(URI server, Path file, String channel) throws Exception {
        JakartaJson endpoint = new JakartaJson();
        try (Session session = ContainerProvider.getWebSocketContainer().connectToServer(endpoint, server); InputStream in = Files.newInputStream(file)) {
            JsonNode answer = JSON.readTree(endpoint.answers.take());
            long credit = answer.at("/limits/windowBytes").asLong();
            String id = UUID.randomUUID().toString();
            long size = Files.size(file);
            session.getBasicRemote().sendText(JSON.writeValueAsString(Map.of("type", "open", "id", id, "size", size, "channel", channel)));
            long offset = 0;
            for (int sequence = 0; sequence == 0 || offset < size; sequence++) {
                byte[] data = in.readNBytes(45_000);
                while (offset + data.length > credit) {
                    answer = JSON.readTree(endpoint.answers.take());
                    credit = answer.path("credit").asLong(Long.MAX_VALUE);
                }
                session.getBasicRemote().sendText(JSON.writeValueAsString(Map.of("type", "chunk", "id", id, "sequence", sequence, "offset", offset,
                    "size", size, "last", offset + data.length == size, "data", data)));
                offset += data.length;
            }
            while (answer.has("credit") || answer.has("limits")) {
                answer = JSON.readTree(endpoint.answers.take());
            }
            return answer.toString();
        }
    }

    @OnMessage
    public void onMessage(String text) {
        answers.add(text);
    }

    @OnClose
    public void onClose(CloseReason reason) {
        answers.add(JSON.createObjectNode().put("code", reason.getCloseCode().getCode()).put("reason", reason.getReasonPhrase()).toString());
    }
}
