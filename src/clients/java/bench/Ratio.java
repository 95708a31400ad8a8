import com.sun.management.OperatingSystemMXBean;
import io.reassembly.client.ClientOptions;
import io.reassembly.client.ReassemblyClient;
import io.reassembly.client.SendOptions;
import io.reassembly.client.jakarta.JakartaTransport;
import io.reassembly.client.jdk.JdkTransport;
import io.reassembly.client.transport.Transport;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Throughput of {@code send}, with a digest of its own and without, against the same library sending messages of the same size, warm, in one
 * process, in turns: {@code Ratio URL FILE ROUNDS}.
 * Beside the time it tells the processor time of this process, which says something on a busy machine as well.
 */
public final class Ratio {
    private static final int FRAME_BYTES = 65_536;
    private static final List<String> NAMES = List.of("flood", "send", "send, checking");

    private record Cost(double wall, double cpu) {
    }

    private interface Work {
        void run() throws Exception;
    }

    private Ratio() {
    }

    public static void main(String[] args) throws Exception {
        URI server = URI.create(args[0]);
        Path file = Path.of(args[1]);
        int rounds = Integer.parseInt(args[2]);
        measure("jdk", rounds, JdkSocket.open(server, false), new JdkTransport(), server, file);
        measure("tomcat", rounds, JakartaSocket.open(server, false), new JakartaTransport(), server, file);
        System.exit(0);
    }

    private static void measure(String library, int rounds, PlainSocket socket, Transport transport, URI server, Path file) throws Exception {
        try (socket; ReassemblyClient client = ReassemblyClient.connect(server, ClientOptions.defaults().withTransport(transport))) {
            List<Work> works = List.of(
                () -> flood(socket, file),
                () -> client.send(file, SendOptions.defaults()).get(),
                () -> client.send(file, SendOptions.defaults().withCheckDigest(true)).get());
            for (Work work : works) {
                work.run();
            }

            Cost[][] costs = new Cost[works.size()][rounds];
            for (int round = 0; round < rounds; round++) {
                for (int work = 0; work < costs.length; work++) {
                    costs[work][round] = cost(works.get(work));
                }
            }

            for (int work = 0; work < costs.length; work++) {
                Cost[] mine = costs[work];
                System.out.printf(Locale.ROOT, "%s %-14s %.3f s, processor time %.3f s, throughput %.2f of flood (medians of %d)%n", library, NAMES.get(work),
                    median(rounds, round -> mine[round].wall()), median(rounds, round -> mine[round].cpu()),
                    median(rounds, round -> costs[0][round].wall() / mine[round].wall()), rounds);
            }
        }
    }

    private static double median(int rounds, IntToDoubleFunction value) {
        double[] sorted = IntStream.range(0, rounds).mapToDouble(value).sorted().toArray();
        return sorted[rounds / 2];
    }

    private static Cost cost(Work work) throws Exception {
        OperatingSystemMXBean process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long cpu = process.getProcessCpuTime();
        long wall = System.nanoTime();
        work.run();
        return new Cost((System.nanoTime() - wall) / 1e9, (process.getProcessCpuTime() - cpu) / 1e9);
    }

    private static void flood(PlainSocket socket, Path path) throws Exception {
        try (FileChannel file = FileChannel.open(path)) {
            ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES);
            while (file.read(frame) >= 0) {
                socket.sendBinary(frame.flip());
                frame.clear();
            }

            socket.sendText("done");
            socket.takeText(Long.MAX_VALUE / 2_000_000);
        }
    }
}
