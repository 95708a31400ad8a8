import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

final class JdkRaw implements WebSocket.Listener {
    private final CompletableFuture<String> answer = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();

    /** Sends a file as one WebSocket message, in fragments of that size; the answer is its outcome. */
    static String send(URI server, Path file, int fragmentBytes) throws Exception {
        JdkRaw listener = new JdkRaw();
        WebSocket socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(server, listener).join();
        try (FileChannel in = FileChannel.open(file)) {
            long at = 0;
            do {
                long length = Math.min(fragmentBytes, in.size() - at);
                socket.sendBinary(in.map(FileChannel.MapMode.READ_ONLY, at, length), at + length == in.size()).join();
                at += length;
            } while (at < in.size());
        }
        String outcome = listener.answer.join();
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
        return outcome;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
        text.append(part);
        if (last) {
            answer.complete(text.toString());
        }
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        answer.completeExceptionally(new IllegalStateException("closed with " + code + " " + reason));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        answer.completeExceptionally(error);
    }
}
