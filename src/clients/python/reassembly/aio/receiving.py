"""Receiving the messages of a channel."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, AsyncIterator, Deque, List, Mapping, Optional

from ..core.compression import Decompressor
from ..core.control import Announcement
from ..core.deliveries import Deliveries, Delivery, State, Verifier
from ..core.errors import MessageLostError, PayloadMismatchError
from .connection import Connection, ConnectionLost


class BufferedDelivery(Delivery):
    """A delivery whose chunks wait here for their reader, up to a bound."""

    def __init__(self, message: Announcement, link: "SubscriptionLink") -> None:
        super().__init__(message)
        self.link = link
        self.taken = 0
        self.is_reader_waiting = False
        self._pieces: Deque[bytes] = deque()
        self._buffered = 0
        self._abandoned = False
        self._arrived = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()

    def put(self, payload: bytes) -> None:
        if not self._abandoned and payload:
            self._pieces.append(payload)
            self._buffered += len(payload)
            if self._buffered >= self.link.buffer_bytes:
                self.room.clear()
        self._arrived.set()

    async def get(self) -> bytes:
        """The next bytes. Raises MessageLostError."""
        while True:
            if self.state is State.LOST:
                raise self.lost()
            if self._abandoned:
                raise ValueError(f"message {self.message.id} was given back")
            if self._pieces:
                break
            self.is_reader_waiting = True
            try:
                self._arrived.clear()
                await self._arrived.wait()
            finally:
                self.is_reader_waiting = False
        piece = self._pieces.popleft()
        self.taken += len(piece)
        self._buffered -= len(piece)
        if self._buffered <= self.link.buffer_bytes // 2:
            self.room.set()
        return piece

    def abandon(self) -> None:
        """Nobody reads on: what has come and what still comes is thrown away."""
        self._abandoned = True
        self._pieces.clear()
        self.wake()

    def wake(self) -> None:
        self.room.set()
        self._arrived.set()

    def lost(self) -> MessageLostError:
        return MessageLostError(f"message {self.message.id} is lost here and will be delivered again: {self.loss}", id=self.message.id)


class DeliveryQueue:
    """Deliveries that have begun and wait to be handed out, in order."""

    def __init__(self) -> None:
        self._waiting: List[BufferedDelivery] = []
        self._failure: Optional[BaseException] = None
        self._changed = asyncio.Event()
        self._has_taker = False

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for the next delivery and none is there. One that was woken, and has yet to come for its own, does not count."""
        return self._has_taker and not self._waiting

    def add(self, delivery: BufferedDelivery) -> None:
        self._waiting.append(delivery)
        self._changed.set()

    def remove(self, delivery: BufferedDelivery) -> None:
        """Takes back what was lost before anybody saw it: it comes again by itself."""
        if delivery in self._waiting:
            self._waiting.remove(delivery)

    def fail(self, failure: BaseException) -> None:
        """No more will come; the first reason counts."""
        self._failure = self._failure or failure
        self._changed.set()

    async def take(self) -> BufferedDelivery:
        while True:
            if self._failure is not None:
                raise self._failure
            if self._waiting:
                return self._waiting.pop(0)
            self._changed.clear()
            self._has_taker = True
            try:
                await self._changed.wait()
            finally:
                self._has_taker = False


class SubscriptionLink:
    """A subscription over one connection.

    Messages in flight share the socket, so one whose buffer is full holds up the others. Two of them cannot wait for each other for
    ever: when somebody waits for what is behind a full buffer that nobody has read from for the stall time, that message goes back to
    the server.
    """

    def __init__(self, connection: Connection, queue: DeliveryQueue, in_flight: int, buffer_bytes: int, stall_timeout: float) -> None:
        self.buffer_bytes = buffer_bytes
        self._connection = connection
        self._queue = queue
        self._in_flight = in_flight
        self._stall_timeout = stall_timeout
        self._deliveries: Deliveries[BufferedDelivery] = Deliveries(in_flight)

    def begin(self, message: Announcement) -> None:
        delivery = BufferedDelivery(message, self)
        for lost in self._deliveries.begin(delivery):
            self._let_go(lost)
        self._queue.add(delivery)

    async def take(self, frame: bytes) -> None:
        delivery, payload = self._deliveries.take(frame)
        if delivery is None:
            return
        delivery.put(payload)
        if delivery.saw_last:
            self._connection.has_served = True
        elif not delivery.room.is_set() and delivery.next < delivery.message.size:
            await self._wait_for_reader(delivery)

    def lose(self, id: str, reason: str) -> None:
        delivery = self._deliveries.get(id)
        if delivery is not None:
            self._lose(delivery, reason)

    def lose_all(self, reason: str) -> None:
        for delivery in self._deliveries.in_hand():
            self._lose(delivery, reason)

    def let_reader_go(self) -> None:
        """Nobody takes anything any more: the connection's reader must not wait for room."""
        for delivery in self._deliveries.in_hand():
            delivery.abandon()

    async def answer(self, delivery: BufferedDelivery, state: State, type: str, **fields: Any) -> bool:
        """Sends the answer to a delivery if it is in hand still. Returns whether it was.

        Raises ConnectionLost.
        """
        if not self._deliveries.end(delivery, state):
            return False
        await self._connection.send(type, id=delivery.message.id, **fields)
        return True

    async def _wait_for_reader(self, delivery: BufferedDelivery) -> None:
        while True:
            taken = delivery.taken
            try:
                await asyncio.wait_for(delivery.room.wait(), self._stall_timeout)
                return
            except asyncio.TimeoutError:
                if delivery.taken > taken or not self._holds_up_anyone(delivery):
                    continue
            reason = f"nobody read it for {self._stall_timeout:g} s while others waited behind it, so it was given back"
            self._lose(delivery, reason)
            try:
                await self._connection.send("retry", id=delivery.message.id)
            except ConnectionLost:
                pass
            return

    def _holds_up_anyone(self, delivery: BufferedDelivery) -> bool:
        if self._queue.is_awaited and len(self._deliveries) < self._in_flight:
            return True
        return any(other is not delivery and other.is_reader_waiting for other in self._deliveries.in_hand())

    def _lose(self, delivery: BufferedDelivery, reason: str) -> None:
        if self._deliveries.end(delivery, State.LOST, reason):
            self._let_go(delivery)

    def _let_go(self, delivery: BufferedDelivery) -> None:
        self._queue.remove(delivery)
        delivery.abandon()


class ReceivedMessage:
    """A message in hand: this receiver's until it is completed, given back or lost.

    Iterate over it for the payload, once, while it arrives. What was read counts only once the end was reached, since the digest
    comes last; the piece that would be the last is compared before it is handed out. A message may come more than once: `id` is the
    key to recognise a repeat by. As an async context manager it gives itself back at the end unless it was completed.
    """

    def __init__(self, delivery: BufferedDelivery, decompress: bool, max_decompressed_bytes: int) -> None:
        message = delivery.message
        self.id = message.id
        self.channel = message.channel
        self.size = message.size
        """Bytes of the payload as it was sent, so before any decompression."""
        self.sha256 = message.sha256
        self.content_type = message.content_type
        self.content_encoding = None if message.content_encoding == "identity" else message.content_encoding
        self.headers: Mapping[str, str] = message.headers
        self.attempt = message.attempt
        """1 for the first delivery, then 2, …"""
        self._delivery = delivery
        self._is_verified = False
        self._mismatch: Optional[PayloadMismatchError] = None
        self._raw = self._verified()
        is_compressed = decompress and self.content_encoding is not None and self.size > 0
        self._body = self._decompressed(max_decompressed_bytes) if is_compressed else self._raw

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body

    async def read(self) -> bytes:
        """The whole payload in memory."""
        return b"".join([piece async for piece in self._body])

    async def complete(self) -> None:
        """Tells the server that this receiver has the message. Reads and verifies first what was not read. Again, it does nothing.

        Raises MessageLostError when it is no longer in hand, or the answer may not have reached the server; PayloadMismatchError for
        other bytes than were announced.
        """
        delivery = self._delivery
        if delivery.state is State.COMPLETED:
            return
        if delivery.state is State.GIVEN_BACK:
            raise ValueError(f"message {self.id} was given back")
        async for _ in self._raw:
            pass
        if not self._is_verified:
            raise self._mismatch or (delivery.lost() if delivery.state is State.LOST else ValueError(f"message {self.id} was not read to its end"))
        try:
            if not await delivery.link.answer(delivery, State.COMPLETED, "delivered") and delivery.state is State.LOST:
                raise delivery.lost()
        except ConnectionLost as error:
            delivery.state, delivery.loss = State.LOST, str(error)
            raise delivery.lost() from error

    async def retry(self, after: Optional[float] = None) -> None:
        """Gives the message back: it will be delivered again, here or elsewhere, after so many seconds at least. Does nothing for
        one that is lost or given back already."""
        delivery = self._delivery
        if delivery.state is State.COMPLETED:
            raise ValueError(f"message {self.id} was completed")
        milliseconds = None if after is None else -int(-after * 1000 // 1)
        try:
            # Before the write: the connection's reader may wait for room in this buffer, and the server for that reader.
            delivery.abandon()
            await delivery.link.answer(delivery, State.GIVEN_BACK, "retry", afterMs=milliseconds)
        except ConnectionLost:
            pass  # Then it is lost, which also brings it back.

    async def __aenter__(self) -> "ReceivedMessage":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.give_back()

    async def give_back(self) -> None:
        """Gives the message back if it is in hand still."""
        if self._delivery.state is State.IN_HAND:
            await self.retry()

    async def _verified(self) -> AsyncIterator[bytes]:
        verifier = Verifier(self._delivery.message)
        piece = b"" if self.size == 0 else await self._delivery.get()
        while True:
            try:
                self._is_verified = verifier.update(piece)
            except PayloadMismatchError as error:
                self._mismatch = error
                raise
            if piece:
                yield piece
            if self._is_verified:
                return
            piece = await self._delivery.get()

    async def _decompressed(self, max_bytes: int) -> AsyncIterator[bytes]:
        assert self.content_encoding is not None
        decompressor = Decompressor(self.content_encoding, max_bytes, self.id)
        async for piece in self._raw:
            for plain in decompressor.decompress(piece):
                yield plain
        decompressor.finish()
