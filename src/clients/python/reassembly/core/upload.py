"""One message on the sender's side, as a state machine without I/O, tasks or clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple, Optional, Union

from .backoff import Backoff
from .control import Ack, Outcome
from .cutter import cut
from .errors import NoProgressError, PayloadMismatchError, ProtocolError, ReassemblyError, SourceNotReplayableError, refused
from .ranges import END, RangeSet


class Link(NamedTuple):
    """What a connection allows: sizes of chunks, the first credit, and the server's idle time in seconds."""

    smallest: int
    largest: int
    window_bytes: int
    idle: float


class SourceView(NamedTuple):
    """What a source can give: bytes from `oldest` to `available`; `size` once its end is known."""

    oldest: int
    available: int
    size: Optional[int]


@dataclass(frozen=True)
class Times:
    """Patience, in seconds, and the most bytes on their way."""

    ack_timeout: float
    give_up_after: float
    max_unacked_bytes: int


class Open(NamedTuple):
    """Send `open`."""


class Ask(NamedTuple):
    """Send `status`."""


class Send(NamedTuple):
    """Send the bytes from `start` to `end` as a chunk."""

    start: int
    end: int
    is_last: bool
    sequence: int


class Wait(NamedTuple):
    """Do nothing until something arrives, or until the time `until`."""

    until: float


class Finish(NamedTuple):
    """The outcome is there."""


Step = Union[Open, Ask, Send, Wait, Finish]


class _Phase(Enum):
    DETACHED = auto()
    MUST_OPEN = auto()
    MUST_ASK = auto()
    ASKED = auto()
    BACKOFF = auto()
    FLOWING = auto()


# Pieces in a row at most: what a source has come to know meanwhile, its end or its failure, is seen between two runs.
_RUN = 16
_WORTH_REPEATING = frozenset(("CRC_MISMATCH", "NOT_DURABLE", "OVERLOADED", "TOO_MANY_OPEN", "QUOTA_EXCEEDED"))


class Upload:
    """Says what to do next, until the message has its outcome.

    Two sets of bytes say it all: what the server *holds* for sure, and what is *covered*: held, or sent over this connection and not
    yet heard of. The next piece is cut from the lowest bytes that are not covered, below the credit. Whatever goes wrong ends the
    same way: ask `status`, take only what the answer confirms as covered, go on. TCP keeps the answer behind all that was sent
    before it, so nothing is in doubt then.

    Times are seconds on a clock of the caller's.
    """

    def __init__(self, id: str, may_be_known: bool, times: Times, backoff: Backoff, now: float) -> None:
        self.id = id
        self.may_be_known = may_be_known
        """Whether the server may know of this message."""
        self.outcome: Optional[Outcome] = None
        self.last_error: Optional[ProtocolError] = None
        self.bytes_sent = 0
        self.bytes_resent = 0
        self._times = times
        self._backoff = backoff
        self._held = RangeSet()
        self._covered = RangeSet()
        self._ever_sent = RangeSet()
        self._phase = _Phase.DETACHED
        self._link = Link(1, 1, 0, 0)
        self._held_is_of_this_connection = False
        self._heard_meanwhile = False
        self._open_unanswered = False
        self._open_in_doubt = False
        self._end_told = False
        self._credit = 0
        self._reach = 0
        self._sequence = 0
        self._last_progress = now
        self._last_heard = now
        self._until = now
        self._failure: Optional[ReassemblyError] = None

    @property
    def durable(self) -> int:
        return self._held.prefix

    @property
    def sent(self) -> int:
        """The place up to which bytes were sent."""
        return max(self.durable, self._ever_sent.end)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing would be in doubt if the connection were left now."""
        return self._phase is not _Phase.ASKED and self._covered.count == self._held.count

    @property
    def gives_up_at(self) -> float:
        return self._last_progress + self._times.give_up_after

    def attach(self, link: Link, now: float) -> None:
        """Goes on over a new connection."""
        self._link = link
        self._last_heard = now
        self._held_is_of_this_connection = False
        self._open_in_doubt |= self._open_unanswered
        self._open_unanswered = False
        if self.may_be_known:
            self._phase = _Phase.MUST_ASK
        else:
            self._begin()

    def narrow(self, link: Link) -> None:
        """The limits have changed within the connection."""
        self._link = link

    def on_ack(self, ack: Ack, current: bool, now: float) -> None:
        """`current`: whether it came over the connection in use, and not over one that is being left."""
        before = self._held.count
        answers = current and self._phase is _Phase.ASKED
        if answers and not self._held_is_of_this_connection and self._heard_meanwhile:
            # Since this was asked, a connection that is being left said more: which of the two is newer nobody knows, and the source
            # may have let go of what it acked. The next answer is newer than both.
            self._phase = _Phase.MUST_ASK
            self._last_heard = now
            return
        self._heard_meanwhile |= not current and self._phase is _Phase.ASKED
        if answers and not self._held_is_of_this_connection:
            # Another node, or the same one after a crash: what it says now is what there is.
            self._held.clear()
            self._held_is_of_this_connection = True
        self._hold(ack)
        if current:
            self._credit = ack.credit
            self._open_unanswered = False
            self._last_heard = now
        if answers:
            # Less than before: the message was lost there and begun anew by a late chunk, without what open had said.
            self._open_in_doubt |= self._held.count < before
            self._covered.clear()
            self._end_told = False
            self._phase = _Phase.MUST_OPEN if self._open_in_doubt else _Phase.FLOWING
        self._covered.add_all(self._held)
        if self._held.count > before:
            self._last_progress = now
            self._backoff.reset()

    def on_outcome(self, outcome: Outcome) -> None:
        if self.outcome is None:
            self.outcome = outcome

    def on_error(self, error: ProtocolError, now: float) -> None:
        """Something went wrong with this message, or with a frame that may have been one of its own."""
        self.last_error = error
        if error.code == "UNKNOWN_MESSAGE":
            if self._phase is _Phase.ASKED:
                self._begin()
        elif error.retryable or error.code in _WORTH_REPEATING:
            self._open_in_doubt |= self._open_unanswered
            self._open_unanswered = False
            if self._phase is not _Phase.BACKOFF:
                self._until = now + max((error.retry_after_ms or 0) / 1000, self._backoff.next())
                self._phase = _Phase.BACKOFF
        elif error.id is not None and self._failure is None:
            self._failure = refused(self.id, error)

    def run_end(self, step: Send, size: Optional[int]) -> int:
        """Up to where pieces of the length of `step`, which `next` has just returned, may follow it unasked; its own end if none may.

        Never up to the end of the message, which the last piece has to tell.
        """
        length = step.end - step.start
        if step.is_last or length != self._link.largest or self._covered.end > step.start:
            return step.end
        reach = self._reach if size is None else min(self._reach, size - 1)
        return step.end + max(0, min(_RUN - 1, (reach - step.end) // length)) * length

    def on_sent(self, step: Send, size: Optional[int], now: float, count: int = 1) -> None:
        """One piece, or a run of `count` of them that together are `step`. `now`: when the first of them was sent."""
        if self._covered.count == self._held.count:
            self._last_heard = now
        start, end = step.start, step.end
        self.bytes_sent += end - start
        self.bytes_resent += self._ever_sent.count_within(start, end)
        self._ever_sent.add(start, end)
        self._covered.add(start, end)
        self._sequence += count
        self._end_told |= step.is_last or size is not None
        self.may_be_known = True

    def next(self, source: SourceView, now: float) -> Step:
        """What to do now.

        Raises ReassemblyError when there is nothing left to try.
        """
        if self.outcome is not None:
            return Finish()
        if self._failure is not None:
            raise self._failure
        if now >= self.gives_up_at:
            raise self.no_progress()
        phase = self._phase
        if phase is _Phase.FLOWING:
            return self._next_piece(source, now)
        if phase is _Phase.MUST_OPEN:
            self._phase = _Phase.FLOWING
            self._open_in_doubt = False
            self._open_unanswered = True
            self.may_be_known = True
            return Open()
        if phase is _Phase.MUST_ASK:
            return self._ask(now)
        if phase in (_Phase.ASKED, _Phase.BACKOFF):
            return self._ask(now) if now >= self._until else Wait(self._until)
        return Wait(self.gives_up_at)

    def no_progress(self) -> ReassemblyError:
        said = f"; the server's last word: {self.last_error.message}" if self.last_error else ""
        return NoProgressError(
            f"message {self.id}: nothing became durable for {self._times.give_up_after:g} s, {self.durable} bytes are{said}", self.last_error, self.id
        )

    def _next_piece(self, source: SourceView, now: float) -> Step:
        size = source.size
        if size is not None and self._held.end > size:
            raise PayloadMismatchError(
                f"the server holds bytes of message {self.id} up to {self._held.end}, this payload has {size}", id=self.id
            )
        link = self._link
        gap = self._covered.first_gap()
        if size is not None and gap[0] >= size:
            if self._end_told:
                return self._wait_for_server(now)
            # All is there, yet this sender never said where the end is: the last bytes once more, as LAST.
            start = max(min(source.oldest, size), size - min(size, link.smallest))
            return Send(start, size, True, self._sequence)
        if gap[0] < source.oldest:
            raise SourceNotReplayableError(
                f"message {self.id} must go on at byte {gap[0]}, and its source can go back to byte {source.oldest} only", self.last_error, self.id
            )
        # Of an endless source the byte before its end is held back: only then is it known which piece is the last.
        sendable = source.available - 1 if size is None else size
        reach = self._reach = min(self._credit, self.durable + self._times.max_unacked_bytes, sendable)
        full = gap[0] + link.largest
        if gap[1] == END and full <= reach:
            # Nearly always: behind all that was sent, and far enough from the end of the credit.
            return Send(gap[0], full, full == size, self._sequence)
        on_its_way = self._covered.count > self._held.count
        piece = cut(gap, reach, source.oldest, size, link.smallest, link.largest, on_its_way)
        if piece is None:
            return self._wait_for_server(now) if on_its_way or self._credit <= gap[0] else self._wait_for_source(now)
        return Send(piece[0], piece[1], piece[1] == size, self._sequence)

    def _wait_for_server(self, now: float) -> Step:
        until = self._last_heard + self._times.ack_timeout
        return self._ask(now) if now >= until else Wait(until)

    def _wait_for_source(self, now: float) -> Step:
        # The server has all there is, so its clock must not run out because of a slow source: an open again keeps the message alive.
        self._last_progress = now
        until = self._last_heard + self._link.idle / 3
        if now < until:
            return Wait(until)
        self._last_heard = now
        self.may_be_known = True
        return Open()

    def _ask(self, now: float) -> Step:
        self._phase = _Phase.ASKED
        self._heard_meanwhile = False
        self._until = now + self._times.ack_timeout
        return Ask()

    def _begin(self) -> None:
        self._held.clear()
        self._covered.clear()
        self._end_told = False
        self._credit = self._link.window_bytes
        self._held_is_of_this_connection = True
        self._phase = _Phase.MUST_OPEN

    def _hold(self, ack: Ack) -> None:
        # The bytes between two missing ranges are held. Above the last one nothing is known: the list may have been cut short.
        self._held.add(0, ack.durable)
        start = ack.durable
        for missing_start, missing_end in ack.missing:
            self._held.add(start, missing_start)
            start = max(start, missing_end)
