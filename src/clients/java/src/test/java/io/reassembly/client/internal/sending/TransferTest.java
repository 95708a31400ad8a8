package io.reassembly.client.internal.sending;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import io.reassembly.client.errors.ErrorCode;
import io.reassembly.client.errors.MessageRejectedException;
import io.reassembly.client.errors.NoProgressException;
import io.reassembly.client.errors.PayloadMismatchException;
import io.reassembly.client.errors.ServerError;
import io.reassembly.client.errors.SourceNotReplayableException;
import io.reassembly.client.internal.connections.Backoff;
import io.reassembly.client.internal.control.ServerMessage;
import io.reassembly.client.internal.frames.ByteRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.Test;

public class TransferTest {
    private static final UUID ID = UUID.fromString("0199c0de-0000-7000-8000-000000000001");
    private static final SourceView FILE = new SourceView(0, 1000, 1000);
    private static final LinkLimits LINK = new LinkLimits(new CutLimits(10, 100), 400, 60_000);

    private final Transfer transfer = new Transfer(ID, false, new TransferTimes(5000, 120_000, 1 << 20), new Backoff(100, 100, new Random(1)), 0);

    @Test
    public void new_message_is_opened_and_sent_up_to_the_window() {
        transfer.attach(LINK, 0);
        assertTrue(transfer.next(FILE, 0) instanceof Step.Open);
        assertEquals(List.of("0-100", "100-200", "200-300", "300-400"), sendAll(FILE, 0));
    }

    @Test
    public void credit_lets_more_be_sent_and_the_last_piece_says_so() {
        begin();
        sendAll(FILE, 0);
        transfer.onAck(ack(400, 1000), true, 1);
        assertEquals(List.of("400-500", "500-600", "600-700", "700-800", "800-900", "900-1000 last"), sendAll(FILE, 1));
    }

    @Test
    public void after_a_loss_only_what_is_missing_is_sent_again() {
        begin();
        sendAll(FILE, 0);
        transfer.attach(LINK, 10);
        assertTrue(transfer.next(FILE, 10) instanceof Step.Ask);
        assertTrue("nothing is sent before the answer", transfer.next(FILE, 10) instanceof Step.Wait);
        transfer.onAck(new ServerMessage.Ack(ID, 100, List.of(new ByteRange(100, 200), new ByteRange(300, 350)), 500, null), true, 11);
        assertTrue("nobody has answered the open", transfer.next(FILE, 11) instanceof Step.Open);
        assertEquals(List.of("100-200", "300-400", "400-500"), sendAll(FILE, 11));
        assertEquals(200, transfer.bytes().resent());
    }

    @Test
    public void server_that_lost_a_part_gets_that_part_again() {
        begin();
        sendAll(FILE, 0);
        transfer.onAck(ack(300, 1000), true, 1);
        transfer.attach(LINK, 10);
        transfer.next(FILE, 10);
        transfer.onAck(ack(100, 500), true, 11);
        assertEquals(100, transfer.durable());
        assertTrue("its open may be lost as well", transfer.next(FILE, 11) instanceof Step.Open);
        assertEquals(List.of("100-200", "200-300", "300-400", "400-500"), sendAll(FILE, 11));
    }

    @Test
    public void server_that_forgot_the_message_gets_it_anew_with_its_open() {
        begin();
        sendAll(FILE, 0);
        transfer.attach(LINK, 10);
        transfer.next(FILE, 10);
        transfer.onError(error(ErrorCode.UNKNOWN_MESSAGE, false, 0), 11);
        assertTrue(transfer.next(FILE, 11) instanceof Step.Open);
        assertEquals("0-100", sendAll(FILE, 11).get(0));
    }

    @Test
    public void retryable_error_waits_as_long_as_it_says_and_asks_then() {
        begin();
        sendAll(FILE, 0);
        transfer.onError(error(ErrorCode.OVERLOADED, true, 700), 10);
        assertEquals(710, ((Step.Wait) transfer.next(FILE, 10)).untilMs());
        assertTrue(transfer.next(FILE, 709) instanceof Step.Wait);
        assertTrue(transfer.next(FILE, 710) instanceof Step.Ask);
    }

    @Test
    public void error_that_is_not_retryable_ends_the_transfer_with_its_sentence() {
        begin();
        transfer.onError(error(ErrorCode.SIZE_CONFLICT, false, 0), 10);
        Step.Fail fail = (Step.Fail) transfer.next(FILE, 10);
        assertTrue(fail.failure() instanceof MessageRejectedException);
        assertEquals(ErrorCode.SIZE_CONFLICT, fail.failure().error().code());
    }

    @Test
    public void silence_of_the_server_makes_it_be_asked_and_then_given_up() {
        begin();
        sendAll(FILE, 0);
        assertTrue(transfer.next(FILE, 4999) instanceof Step.Wait);
        assertTrue(transfer.next(FILE, 5000) instanceof Step.Ask);
        assertTrue(transfer.next(FILE, 10_000) instanceof Step.Ask);
        assertEquals(1, transfer.unansweredAsks());
        assertTrue(((Step.Fail) transfer.next(FILE, 120_000)).failure() instanceof NoProgressException);
    }

    @Test
    public void stream_holds_its_last_byte_back_until_its_end_is_known() {
        begin();
        SourceView growing = new SourceView(0, 150, SourceView.UNKNOWN);
        assertEquals(List.of("0-100"), sendAll(growing, 0));
        assertEquals(List.of("100-150 last"), sendAll(new SourceView(0, 150, 150), 0));
    }

    @Test
    public void stream_that_cannot_go_back_far_enough_fails_by_name() {
        begin();
        SourceView window = new SourceView(300, 500, SourceView.UNKNOWN);
        Step.Fail fail = (Step.Fail) transfer.next(window, 0);
        assertTrue(fail.failure() instanceof SourceNotReplayableException);
    }

    @Test
    public void server_that_holds_more_than_there_is_has_other_bytes() {
        begin();
        transfer.onAck(ack(2000, 3000), true, 1);
        assertTrue(((Step.Fail) transfer.next(FILE, 1)).failure() instanceof PayloadMismatchException);
    }

    @Test
    public void piece_below_the_minimum_grows_over_what_the_server_has() {
        begin();
        sendAll(FILE, 0);
        transfer.attach(LINK, 10);
        transfer.next(FILE, 10);
        transfer.onAck(new ServerMessage.Ack(ID, 100, List.of(new ByteRange(100, 103), new ByteRange(300, 400)), 400, null), true, 11);
        transfer.next(FILE, 11);
        assertEquals("100-110", sendAll(FILE, 11).get(0));
    }

    @Test
    public void ack_of_an_old_connection_counts_for_what_is_held_and_not_for_credit() {
        begin();
        sendAll(FILE, 0);
        transfer.onAck(ack(200, 900), false, 1);
        assertEquals(200, transfer.durable());
        assertEquals(List.of(), sendAll(FILE, 1));
        assertFalse(transfer.isQuiet());
    }

    private void begin() {
        transfer.attach(LINK, 0);
        transfer.next(FILE, 0);
    }

    private List<String> sendAll(SourceView source, long now) {
        List<String> pieces = new ArrayList<>();
        for (Step step = transfer.next(source, now); step instanceof Step.Send send; step = transfer.next(source, now)) {
            transfer.onSent(send, source.size(), now);
            pieces.add(send.piece().from() + "-" + send.piece().to() + (send.last() ? " last" : ""));
        }

        return pieces;
    }

    private static ServerMessage.Ack ack(long durable, long credit) {
        return new ServerMessage.Ack(ID, durable, List.of(), credit, null);
    }

    private static ServerError error(ErrorCode code, boolean retryable, long retryAfterMs) {
        return new ServerError(code, ServerError.Scope.MESSAGE, ID, retryable, retryAfterMs, null, "no");
    }
}
