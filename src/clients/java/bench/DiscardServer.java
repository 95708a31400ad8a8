import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;
import java.util.UUID;

/**
 * A WebSocket server that throws payload away, to measure clients with: it answers the text {@code done} with {@code done}, and to those
 * that speak {@code reassembly.v1} it says {@code welcome}, acks every MiB and commits at the last chunk. It looks at headers only.
 */
public final class DiscardServer {
    private static final String KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int CHUNK_HEADER_BYTES = 48;
    private static final long ACK_EVERY_BYTES = 1 << 20;
    private static final long WINDOW_BYTES = 8 << 20;

    private final DataInputStream in;
    private final OutputStream out;
    private long acked;

    private DiscardServer(Socket socket) throws IOException {
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 18));
        out = socket.getOutputStream();
    }

    /** {@code DiscardServer PORT} */
    public static void main(String[] args) throws Exception {
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]), 50, InetAddress.getLoopbackAddress())) {
            System.out.println("listening");
            while (true) {
                Socket socket = listener.accept();
                new Thread(() -> serve(socket)).start();
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            new DiscardServer(socket).run();
        } catch (IOException exception) {
            // The client is gone.
        } catch (Exception exception) {
            exception.printStackTrace();
        }
    }

    private void run() throws Exception {
        String protocol = shakeHands();
        if (protocol != null) {
            send("{\"type\":\"welcome\",\"protocol\":\"reassembly.v1\",\"connection\":\"c\",\"node\":\"n\",\"durability\":\"memory\",\"limits\":{}}");
        }

        byte[] header = new byte[CHUNK_HEADER_BYTES];
        while (true) {
            int first = in.readUnsignedByte();
            long length = in.readUnsignedByte() & 0x7f;
            length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
            int mask = in.readInt();
            int opcode = first & 0x0f;
            if (opcode == 8) {
                return;
            }

            if (opcode == 2 && protocol != null && length >= CHUNK_HEADER_BYTES) {
                in.readFully(header);
                unmask(header, mask);
                in.skipNBytes(length - CHUNK_HEADER_BYTES);
                take(ByteBuffer.wrap(header));
            } else if (opcode == 1 && length < 100) {
                byte[] text = new byte[(int) length];
                in.readFully(text);
                unmask(text, mask);
                if (new String(text, StandardCharsets.UTF_8).equals("done")) {
                    send("done");
                }
            } else {
                in.skipNBytes(length);
            }
        }
    }

    private void take(ByteBuffer header) throws IOException {
        String id = new UUID(header.getLong(8), header.getLong(16)).toString();
        long end = header.getLong(24) + header.getInt(40);
        boolean last = (header.get(2) & 1) != 0;
        if (end - acked >= ACK_EVERY_BYTES || last) {
            acked = last ? 0 : end;
            send("{\"type\":\"ack\",\"id\":\"" + id + "\",\"durable\":" + end + ",\"missing\":[],\"credit\":" + (end + WINDOW_BYTES) + "}");
        }

        if (last) {
            send("{\"type\":\"outcome\",\"id\":\"" + id + "\",\"state\":\"committed\",\"size\":" + end + "}");
        }
    }

    private String shakeHands() throws Exception {
        String key = null;
        String protocol = null;
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            String lower = line.toLowerCase(Locale.ROOT);
            key = lower.startsWith("sec-websocket-key:") ? line.substring(18).trim() : key;
            protocol = lower.startsWith("sec-websocket-protocol:") ? "reassembly.v1" : protocol;
        }

        byte[] accept = MessageDigest.getInstance("SHA-1").digest((key + KEY_SUFFIX).getBytes(StandardCharsets.US_ASCII));
        out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            + Base64.getEncoder().encodeToString(accept) + "\r\n" + (protocol == null ? "" : "Sec-WebSocket-Protocol: " + protocol + "\r\n") + "\r\n")
            .getBytes(StandardCharsets.US_ASCII));
        return protocol;
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }

            line.append((char) next);
        }

        return line.toString().trim();
    }

    private void send(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(4 + bytes.length).put((byte) 0x81);
        if (bytes.length < 126) {
            frame.put((byte) bytes.length);
        } else {
            frame.put((byte) 126).putShort((short) bytes.length);
        }

        frame.put(bytes).flip();
        out.write(frame.array(), 0, frame.limit());
    }

    private static void unmask(byte[] bytes, int mask) {
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] ^= (byte) (mask >>> (24 - 8 * (index % 4)));
        }
    }
}
