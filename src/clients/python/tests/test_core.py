"""The core without I/O: ranges, cutting, the state machine of an upload against a model of a server."""

from __future__ import annotations

import random
import unittest
from typing import List, Optional, Set

from reassembly.core import folding
from reassembly.core.backoff import Backoff
from reassembly.core.control import Ack, Announcement, Outcome
from reassembly.core.cutter import cut
from reassembly.core.deliveries import Deliveries, Delivery, State, Verifier
from reassembly.core.errors import (
    MessageRejectedError,
    NoProgressError,
    PayloadMismatchError,
    ProtocolError,
    ProtocolViolation,
    SourceNotReplayableError,
)
from reassembly.core.frames import write_chunk
from reassembly.core.ranges import END, RangeSet
from reassembly.core.upload import Ask, Finish, Link, Open, Send, SourceView, Times, Upload, Wait

from .support import seeded

ID = "0199c0de-0000-7000-8000-000000000001"
LINK = Link(4, 16, 64, 60.0)
TIMES = Times(ack_timeout=5, give_up_after=120, max_unacked_bytes=1 << 20)


def upload(may_be_known: bool = False) -> Upload:
    machine = Upload(ID, may_be_known, TIMES, Backoff(0.001, 0.001), 0.0)
    machine.attach(LINK, 0.0)
    return machine


def whole(size: int) -> SourceView:
    return SourceView(0, size, size)


class Folding(unittest.TestCase):
    def test_every_length_gives_what_the_table_gives(self) -> None:
        source = seeded(self)
        lengths = list(range(400)) + [source.randrange(400, 70_000) for _ in range(20)]
        for length in lengths:
            data, before = source.randbytes(length), source.getrandbits(32)
            self.assertEqual(folding.crc32c(data, before), folding._by_table(data, before ^ 0xFFFFFFFF) ^ 0xFFFFFFFF, length)


class Ranges(unittest.TestCase):
    def test_any_order_gives_the_same_set(self) -> None:
        source = seeded(self)
        for _ in range(300):
            ranges, model = RangeSet(), set()  # type: ignore[var-annotated]
            for _ in range(source.randrange(12)):
                start = source.randrange(60)
                end = start + source.randrange(12)
                self.assertEqual(ranges.count_within(start, end), len(model & set(range(start, end))))
                ranges.add(start, end)
                model |= set(range(start, end))
                self.assertEqual(ranges.count, len(model))
                gap = next(place for place in range(100) if place not in model)
                self.assertEqual(ranges.first_gap()[0], gap)
                self.assertEqual(ranges.first_gap()[1], min((place for place in model if place > gap), default=END))
                self.assertEqual(ranges.end, max(model, default=-1) + 1)


class Cutting(unittest.TestCase):
    def test_no_piece_is_too_small_and_all_bytes_come(self) -> None:
        source = seeded(self)
        for _ in range(500):
            size, smallest = source.randrange(1, 200), source.randrange(1, 12)
            largest = smallest + source.randrange(0, 20)
            covered = RangeSet()
            for _ in range(source.randrange(4)):
                start = source.randrange(size)
                covered.add(start, min(size, start + source.randrange(30)))
            steps = 0
            while covered.count < size:
                piece = cut(covered.first_gap(), size, 0, size, smallest, largest, False)
                assert piece is not None
                self.assertTrue(piece[1] - piece[0] >= smallest or piece[1] == size)
                self.assertLessEqual(piece[1] - piece[0], largest)
                covered.add(*piece)
                steps += 1
                self.assertLess(steps, 1000)

    def test_a_short_piece_before_the_reach_waits_for_more(self) -> None:
        self.assertIsNone(cut((0, END), 10, 0, 100, 4, 16, True))
        self.assertEqual(cut((0, END), 10, 0, 100, 4, 16, False), (0, 10))


class Uploading(unittest.TestCase):
    def test_begins_with_open_then_sends_up_to_the_credit_and_waits(self) -> None:
        machine = upload()
        self.assertIsInstance(machine.next(whole(100), 0.0), Open)
        pieces = []
        while isinstance(step := machine.next(whole(100), 0.0), Send):
            machine.on_sent(step, 100, 0.0)
            pieces.append((step.start, step.end, step.is_last))
        self.assertEqual(pieces, [(0, 16, False), (16, 32, False), (32, 48, False), (48, 64, False)])
        self.assertEqual(step, Wait(5.0))
        machine.on_ack(Ack(ID, 32, (), 96), True, 1.0)
        step = machine.next(whole(100), 1.0)
        assert isinstance(step, Send)
        self.assertEqual((step.start, step.end), (64, 80))

    def test_a_run_is_what_asking_for_each_piece_gives(self) -> None:
        source = seeded(self)
        longest = 0
        for _ in range(300):
            size = source.randrange(1, 600)
            view = whole(size) if source.random() < 0.5 else SourceView(0, size, None)
            held = source.randrange(0, size)
            credit = source.randrange(held, 700)
            gap = source.randrange(held + 1, size + 1)
            missing = ((held, gap), (min(gap + 5, size), size + 1)) if source.random() < 0.3 else ()
            ack = Ack(ID, held, missing, credit)
            runs, singles = upload(True), upload(True)
            for machine in (runs, singles):
                self.assertIsInstance(machine.next(view, 0.0), Ask)
                machine.on_ack(ack, True, 0.0)
            while isinstance(step := runs.next(view, 1.0), Send):
                length, end = step.end - step.start, runs.run_end(step, view.size)
                count = max(1, (end - step.start) // length)
                for number, start in enumerate(range(step.start, end, length)):
                    single = singles.next(view, 1.0)
                    self.assertEqual(single, Send(start, min(start + length, end), step.is_last, step.sequence + number))
                    singles.on_sent(single, view.size, 1.0)  # type: ignore[arg-type]
                runs.on_sent(Send(step.start, end, step.is_last, step.sequence), view.size, 1.0, count)
                longest = max(longest, count)
            self.assertEqual(singles.next(view, 1.0), step)
            self.assertEqual((runs.sent, runs.bytes_sent, runs.bytes_resent), (singles.sent, singles.bytes_sent, singles.bytes_resent))
        self.assertEqual(longest, 16)

    def test_silence_asks_and_only_what_is_confirmed_counts(self) -> None:
        machine = upload()
        machine.next(whole(64), 0.0)
        for _ in range(4):
            step = machine.next(whole(64), 0.0)
            assert isinstance(step, Send)
            machine.on_sent(step, 64, 0.0)
        self.assertIsInstance(machine.next(whole(64), 6.0), Ask)
        machine.on_ack(Ack(ID, 16, ((16, 32), (48, 64)), 80), True, 6.0)
        step = machine.next(whole(64), 6.0)
        assert isinstance(step, Send)
        self.assertEqual((step.start, step.end), (16, 32))
        machine.on_sent(step, 64, 6.0)
        step = machine.next(whole(64), 6.0)
        assert isinstance(step, Send)
        self.assertEqual((step.start, step.end), (48, 64))

    def test_a_stream_that_cannot_go_back_says_so(self) -> None:
        machine = upload(may_be_known=True)
        self.assertIsInstance(machine.next(SourceView(0, 10, None), 0.0), Ask)
        machine.on_error(ProtocolError("UNKNOWN_MESSAGE", "message", "unknown", id=ID), 0.0)
        machine.next(SourceView(5, 10, None), 0.0)
        with self.assertRaises(SourceNotReplayableError):
            machine.next(SourceView(5, 10, None), 0.0)

    def test_retry_after_is_kept(self) -> None:
        machine = upload()
        machine.next(whole(64), 0.0)
        machine.on_error(ProtocolError("OVERLOADED", "message", "later", True, ID, 2000), 1.0)
        step = machine.next(whole(64), 1.0)
        assert isinstance(step, Wait)
        self.assertGreaterEqual(step.until, 3.0)
        self.assertIsInstance(machine.next(whole(64), 3.1), Ask)

    def test_what_is_refused_for_good_is_raised(self) -> None:
        machine = upload()
        machine.on_error(ProtocolError("OPEN_CONFLICT", "message", "another open", id=ID), 0.0)
        with self.assertRaises(MessageRejectedError):
            machine.next(whole(64), 0.0)

    def test_gives_up_when_nothing_becomes_durable(self) -> None:
        machine = upload()
        with self.assertRaises(NoProgressError):
            machine.next(whole(64), 120.0)

    def test_more_bytes_at_the_server_than_here_are_another_payload(self) -> None:
        machine = upload(may_be_known=True)
        machine.next(whole(64), 0.0)
        machine.on_ack(Ack(ID, 65, (), 200), True, 0.0)
        with self.assertRaises(PayloadMismatchError):
            machine.next(whole(64), 0.0)

    def test_any_loss_ends_with_every_byte_at_the_server(self) -> None:
        source = seeded(self)
        for _ in range(150):
            run_against_model(self, source)


def run_against_model(test: unittest.TestCase, source: random.Random) -> None:
    """A server that loses connections, forgets what is not durable, refuses, and sees a stream or a file."""
    size = source.randrange(0, 400)
    is_stream = source.random() < 0.4
    durable: Set[int] = set()
    pending: Set[int] = set()
    known = ended = False
    released = 0
    now = 0.0
    machine = upload()
    for _ in range(5000):
        now += 0.01
        prefix = next(place for place in range(size + 1) if place not in durable)
        if is_stream:
            available = min(size, released + 40)
            view = SourceView(min(released, available), available, size if available == size else None)
        else:
            view = whole(size)
        step = machine.next(view, now)
        answer: List[object] = []
        if isinstance(step, Finish):
            test.assertEqual(len(durable), size)
            return
        if isinstance(step, Open):
            known = True
        elif isinstance(step, Send):
            test.assertTrue(step.end - step.start >= LINK.smallest or step.is_last, step)
            test.assertGreaterEqual(step.start, view.oldest)
            test.assertEqual(step.is_last, step.end == view.size)
            machine.on_sent(step, view.size, now)
            if source.random() < 0.8:
                pending |= set(range(step.start, step.end))
                known, ended = True, ended or step.is_last or view.size is not None
        elif isinstance(step, Ask):
            durable |= pending
            pending.clear()
            answer.append("ack" if known else "unknown")
        elif isinstance(step, Wait):
            now = step.until
        if source.random() < 0.2:
            durable |= pending
            pending.clear()
            answer.append("ack")
        if source.random() < 0.03:
            machine.on_error(ProtocolError("CRC_MISMATCH", "message", "damaged", True, ID), now)
        if source.random() < 0.03:
            pending.clear()
            machine.attach(LINK, now)
            continue
        if ended and len(durable) == size:
            machine.on_outcome(Outcome(ID, "committed", size))
        for kind in answer:
            if kind == "unknown":
                machine.on_error(ProtocolError("UNKNOWN_MESSAGE", "message", "unknown", id=ID), now)
            elif known:
                prefix = next(place for place in range(size + 1) if place not in durable)
                machine.on_ack(Ack(ID, prefix, missing(durable, prefix), prefix + 64), True, now)
        released = max(released, machine.durable)
    test.fail("no end")


def missing(durable: Set[int], prefix: int) -> "tuple[tuple[int, int], ...]":
    ranges: List["tuple[int, int]"] = []
    start: Optional[int] = None
    for place in range(prefix, max(durable, default=-1) + 2):
        if place not in durable and place <= max(durable, default=-1):
            start = place if start is None else start
        elif start is not None:
            ranges.append((start, place))
            start = None
    return tuple(ranges)


def announcement(id: str = ID, size: int = 8) -> Announcement:
    return Announcement(id, "default", size, "0" * 64, 1)


def frame(offset: int, payload: bytes, total: Optional[int] = 8, is_last: bool = False) -> bytes:
    return write_chunk(bytes.fromhex(ID.replace("-", "")), 0, offset, total, is_last, payload)


class Receiving(unittest.TestCase):
    def setUp(self) -> None:
        self.deliveries: Deliveries[Delivery] = Deliveries(1)
        self.delivery = Delivery(announcement())
        self.deliveries.begin(self.delivery)

    def test_chunks_in_order_are_taken(self) -> None:
        self.assertEqual(self.deliveries.take(frame(0, b"1234")), (self.delivery, b"1234"))
        self.assertEqual(self.deliveries.take(frame(4, b"5678", is_last=True)), (self.delivery, b"5678"))
        self.assertTrue(self.delivery.saw_last)

    def test_what_a_server_may_not_send_is_a_violation(self) -> None:
        broken = {
            "a gap": frame(4, b"5678"),
            "another size": frame(0, b"1234", total=9),
            "beyond the end": frame(0, b"123456789"),
            "an early end": frame(0, b"1234", is_last=True),
            "a damaged frame": frame(0, b"1234")[:-1] + b"x",
            "nothing": b"",
        }
        for name, data in broken.items():
            with self.subTest(name), self.assertRaises(ProtocolViolation):
                self.deliveries.take(data)

    def test_the_rest_of_what_was_answered_means_nothing(self) -> None:
        self.deliveries.take(frame(0, b"1234"))
        self.assertTrue(self.deliveries.end(self.delivery, State.GIVEN_BACK))
        self.assertFalse(self.deliveries.end(self.delivery, State.COMPLETED))
        self.assertEqual(self.deliveries.take(frame(4, b"5678", is_last=True)), (None, b""))
        with self.assertRaises(ProtocolViolation):
            self.deliveries.take(frame(0, b"1234"))

    def test_a_message_too_many_ends_the_oldest(self) -> None:
        other = Delivery(announcement("0199c0de-0000-7000-8000-000000000002"))
        self.assertEqual(self.deliveries.begin(other), [self.delivery])
        self.assertIs(self.delivery.state, State.LOST)

    def test_another_digest_is_a_mismatch(self) -> None:
        verifier = Verifier(announcement())
        self.assertFalse(verifier.update(b"1234"))
        with self.assertRaises(PayloadMismatchError):
            verifier.update(b"5678")


if __name__ == "__main__":
    unittest.main()
