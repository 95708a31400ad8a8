"""The receiving side of one connection, without I/O: which messages are in hand, whose chunk a frame is, and whether it fits."""

from __future__ import annotations

import hashlib
import uuid
from enum import Enum, auto
from typing import Dict, Generic, Iterable, List, Optional, Set, TypeVar

from .control import Announcement
from .errors import PayloadMismatchError, ProtocolViolation
from .frames import UNKNOWN_SIZE, Chunk, FrameError, read_chunk


class State(Enum):
    """IN_HAND until this receiver answers, or the delivery is lost."""

    IN_HAND = auto()
    COMPLETED = auto()
    GIVEN_BACK = auto()
    LOST = auto()


class Delivery:
    """One delivery of one message over one connection."""

    def __init__(self, message: Announcement) -> None:
        self.message = message
        self.state = State.IN_HAND
        self.loss = ""
        self.next = 0
        """Where the next chunk must begin."""
        self.saw_last = False
        """Whether the chunk that says LAST has come: nothing more can be on its way."""

    def check(self, chunk: Chunk) -> None:
        """Takes note of a chunk, which must be the next one.

        Raises ProtocolViolation.
        """
        size = self.message.size
        end = chunk.offset + len(chunk.payload)
        if chunk.total_size not in (UNKNOWN_SIZE, size):
            raise self._violation(f"a chunk says {chunk.total_size} bytes, the message {size}")
        if self.saw_last:
            raise self._violation(f"a chunk at offset {chunk.offset} follows the last one")
        if chunk.offset != self.next:
            raise self._violation(f"a chunk is at offset {chunk.offset}, the next one is at {self.next}")
        if end > size or (chunk.is_last and end != size):
            raise self._violation(f"a chunk ends at {end}{' as the last' if chunk.is_last else ''}, the message at {size}")
        self.next = end
        self.saw_last = chunk.is_last

    def _violation(self, what: str) -> ProtocolViolation:
        return ProtocolViolation(f"the server broke the protocol: message {self.message.id}: {what}")


D = TypeVar("D", bound=Delivery)


class Deliveries(Generic[D]):
    """The deliveries of one subscription over one connection."""

    def __init__(self, in_flight: int) -> None:
        self._in_flight = in_flight
        self._in_hand: Dict[str, D] = {}
        # Answered before their last chunk came: the rest may be on its way and means nothing.
        self._trailing: Set[str] = set()

    def __len__(self) -> int:
        return len(self._in_hand)

    def in_hand(self) -> Iterable[D]:
        return tuple(self._in_hand.values())

    def get(self, id: str) -> Optional[D]:
        return self._in_hand.get(id)

    def begin(self, delivery: D) -> List[D]:
        """A message begins.

        Returns the deliveries that are lost by it: the server has ended one that it begins again, and, when it begins more than were
        asked for, the oldest one, whose time to answer ran out.
        """
        lost = []
        id = delivery.message.id
        overtaken = self._in_hand.get(id)
        if overtaken is None and len(self._in_hand) >= self._in_flight:
            overtaken = next(iter(self._in_hand.values()))
        if overtaken is not None:
            self.end(overtaken, State.LOST, "the server has ended this delivery, since no answer came in time")
            lost.append(overtaken)
        self._trailing.discard(id)
        self._in_hand[id] = delivery
        return lost

    def take(self, frame: bytes) -> "tuple[Optional[D], bytes]":
        """A binary frame: the delivery it belongs to, None when that was answered already, and its payload.

        Raises ProtocolViolation.
        """
        try:
            chunk = read_chunk(frame)
        except FrameError as error:
            raise ProtocolViolation(f"the server broke the protocol: {error}") from error
        id = str(uuid.UUID(bytes=chunk.id))
        delivery = self._in_hand.get(id)
        if delivery is not None:
            delivery.check(chunk)
            return delivery, chunk.payload
        if id not in self._trailing:
            raise ProtocolViolation(f"the server broke the protocol: a chunk of message {id}, which it did not begin here")
        if chunk.is_last:
            self._trailing.remove(id)
        return None, b""

    def end(self, delivery: D, state: State, reason: str = "") -> bool:
        """Ends a delivery with an answer, or as lost. Returns whether it was in hand until now: only then an answer may be sent."""
        if delivery.state is not State.IN_HAND:
            return False
        delivery.state = state
        delivery.loss = reason
        del self._in_hand[delivery.message.id]
        if not delivery.saw_last:
            self._trailing.add(delivery.message.id)
        return True


class Verifier:
    """Compares what was read of a payload with its announced digest."""

    def __init__(self, message: Announcement) -> None:
        self._message = message
        self._digest = hashlib.sha256()
        self._count = 0

    def update(self, data: bytes) -> bool:
        """Returns whether this was the end, and all is well.

        Raises PayloadMismatchError at the end of other bytes than were announced.
        """
        self._digest.update(data)
        self._count += len(data)
        if self._count < self._message.size:
            return False
        digest = self._digest.hexdigest()
        if digest != self._message.sha256:
            id = self._message.id
            raise PayloadMismatchError(f"message {id} arrived with SHA-256 {digest}, the server says {self._message.sha256}", id=id)
        return True
