package io.reassembly.client.internal.sending;

import static org.junit.Assert.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.reassembly.client.Vectors;
import io.reassembly.client.internal.connections.Backoff;
import io.reassembly.client.internal.frames.ByteRange;
import io.reassembly.client.internal.frames.ChunkFrame;
import io.reassembly.client.internal.frames.ChunkHeader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;

@RunWith(Parameterized.class)
public class CuttingVectorTest {
    private final UUID id;
    private final byte[] content;
    private final int chunkBytes;
    private final boolean totalKnown;
    private final List<String> frames = new ArrayList<>();

    public CuttingVectorTest(String name, JsonNode vector) {
        id = UUID.fromString(vector.get("id").asText());
        content = HexFormat.of().parseHex(vector.get("contentHex").asText());
        chunkBytes = vector.get("chunkBytes").asInt();
        totalKnown = vector.get("totalKnown").asBoolean();
        vector.get("frames").forEach(frame -> frames.add(frame.asText()));
    }

    @Parameters(name = "{0}")
    public static List<Object[]> rows() throws IOException {
        return Vectors.rows("cutting.json");
    }

    // Where the total is known, the transfer itself cuts; where it is not, the frames are those of the vector's own pieces, since a
    // stream's last chunk names the total here (which it may) and is held back until its end is known.
    @Test
    public void message_is_cut_into_the_frames_of_its_vector() {
        List<String> cut = new ArrayList<>();
        for (Step.Send step : totalKnown ? transferred() : given()) {
            int length = (int) step.piece().length();
            byte[] frame = new byte[ChunkHeader.BYTES + length];
            System.arraycopy(content, (int) step.piece().from(), frame, ChunkHeader.BYTES, length);
            long total = totalKnown ? content.length : ChunkHeader.UNKNOWN_SIZE;
            ChunkFrame.writeHeader(frame, new ChunkHeader(step.sequence(), id, step.piece().from(), total, length, step.last()));
            cut.add(HexFormat.of().formatHex(frame));
        }

        assertEquals(frames, cut);
    }

    private List<Step.Send> transferred() {
        Transfer transfer = new Transfer(id, false, new TransferTimes(5000, 120_000, 1 << 20), new Backoff(1, 1, new Random(1)), 0);
        transfer.attach(new LinkLimits(new CutLimits(1, chunkBytes), 1 << 20, 60_000), 0);
        SourceView source = new SourceView(0, content.length, content.length);
        List<Step.Send> steps = new ArrayList<>();
        for (Step step = transfer.next(source, 0); !(step instanceof Step.Wait); step = transfer.next(source, 0)) {
            if (step instanceof Step.Send send) {
                transfer.onSent(send, content.length, 0);
                steps.add(send);
            }
        }

        return steps;
    }

    private List<Step.Send> given() {
        List<Step.Send> steps = new ArrayList<>();
        for (int sequence = 0; sequence < frames.size(); sequence++) {
            int from = Math.min(sequence * chunkBytes, content.length);
            int to = Math.min(from + chunkBytes, content.length);
            steps.add(new Step.Send(new ByteRange(from, to), sequence == frames.size() - 1, sequence));
        }

        return steps;
    }
}
