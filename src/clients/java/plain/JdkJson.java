import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;

final class JdkJson implements WebSocket.Listener {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();

    static String send(URI server, Path file, String channel) throws Exception {
        JdkJson listener = new JdkJson();
        WebSocket socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(server, listener).join();
        JsonNode answer = JSON.readTree(listener.answers.take());
        long credit = answer.at("/limits/windowBytes").asLong();
        String id = UUID.randomUUID().toString();
        long size = Files.size(file);
        socket.sendText(JSON.writeValueAsString(Map.of("type", "open", "id", id, "size", size, "channel", channel)), true).join();
        try (InputStream in = Files.newInputStream(file)) {
            long offset = 0;
            for (int sequence = 0; sequence == 0 || offset < size; sequence++) {
                byte[] data = in.readNBytes(45_000);
                while (offset + data.length > credit) {
                    answer = JSON.readTree(listener.answers.take());
                    credit = answer.path("credit").asLong(Long.MAX_VALUE);
                }
                socket.sendText(JSON.writeValueAsString(Map.of("type", "chunk", "id", id, "sequence", sequence, "offset", offset,
                    "size", size, "last", offset + data.length == size, "data", data)), true).join();
                offset += data.length;
            }
        }
        while (answer.has("credit") || answer.has("limits")) {
            answer = JSON.readTree(listener.answers.take());
        }
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
        return answer.toString();
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
        text.append(part);
        if (last) {
            answers.add(text.toString());
            text.setLength(0);
        }
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        answers.add(JSON.createObjectNode().put("code", code).put("reason", reason).toString());
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        answers.add(JSON.createObjectNode().put("code", 1006).put("reason", error.toString()).toString());
    }
}
