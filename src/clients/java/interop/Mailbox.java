import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a socket has said so far. */
final class Mailbox {
    private static final String THE_END = new String("end");

    private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile PlainSocket.End end;

    void add(String text) {
        texts.add(text);
    }

    synchronized void end(int code, String reason) {
        if (end == null) {
            end = new PlainSocket.End(code, reason);
            texts.add(THE_END);
            ended.countDown();
        }
    }

    String takeText(long timeoutMs) throws InterruptedException {
        String text = texts.poll(timeoutMs, TimeUnit.MILLISECONDS);
        return text == THE_END ? null : text;
    }

    PlainSocket.End awaitEnd(long timeoutMs) throws InterruptedException {
        return ended.await(timeoutMs, TimeUnit.MILLISECONDS) ? end : null;
    }
}
