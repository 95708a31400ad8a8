"""One enumeration of a channel's messages."""

from __future__ import annotations

import asyncio
import time
from typing import Callable, Dict, Optional

from ..core.control import Announcement, ServerMessage
from ..core.errors import ConnectionFailedError, ProtocolError, ProtocolViolation, ReassemblyError
from .connection import Connection, ConnectionLost, Listener
from .keeper import Keeper
from .options import Options
from .receiving import DeliveryQueue, ReceivedMessage, SubscriptionLink


class Subscription:
    """The messages of a channel, as an async iterator; an async context manager, too.

    It has a connection of its own, so that a slow receiver, for whom the socket is not read, holds up no send; it subscribes anew on
    every connection that its keeper makes. One that is told to go away is served beside its successor until it ends.
    """

    def __init__(
        self,
        options: Options,
        make_keeper: Callable[[Listener, Callable[[], None]], Keeper],
        channel: str,
        in_flight: int,
        decompress: bool,
        max_decompressed_bytes: int,
        buffer_bytes: int,
        stall_timeout: float,
    ) -> None:
        self._options = options
        self._channel = channel
        self._in_flight = in_flight
        self._decompress = decompress
        self._max_decompressed_bytes = max_decompressed_bytes
        self._buffer_bytes = buffer_bytes
        self._stall_timeout = stall_timeout
        self._wake = asyncio.Event()
        self._keeper = make_keeper(self, self._wake.set)
        self._queue = DeliveryQueue()
        self._links: Dict[Connection, SubscriptionLink] = {}
        self._running: Optional["asyncio.Task[None]"] = None
        self._last: Optional[ReceivedMessage] = None
        self.is_closed = False

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> ReceivedMessage:
        """The next message. With one in flight the one before it is given back, unless it was answered.

        Raises ReassemblyError when the server refuses the subscription, or there was no connection for the give-up time.
        """
        if self.is_closed:
            raise StopAsyncIteration
        if self._running is None:
            self._running = asyncio.ensure_future(self._run())
        if self._in_flight == 1 and self._last is not None:
            await self._last.give_back()
        delivery = await self._queue.take()
        message = ReceivedMessage(delivery, self._decompress, self._max_decompressed_bytes)
        self._last = message if self._in_flight == 1 else None
        return message

    async def __aenter__(self) -> "Subscription":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the subscription; what is in hand goes back to the server."""
        if self.is_closed:
            return
        self.is_closed = True
        self._queue.fail(StopAsyncIteration())
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        for link in self._links.values():
            link.let_reader_go()
        await self._keeper.close()

    def on_message(self, connection: Connection, message: ServerMessage) -> None:
        link = self._links.get(connection)
        if link is None:
            return
        if isinstance(message, Announcement):
            link.begin(message)
        elif isinstance(message, ProtocolError):
            if message.id is not None:
                link.lose(message.id, message.message)
            elif message.retryable:
                # The wait before the next connection is the wait before the next try.
                raise ProtocolViolation(message.message)
            else:
                self._queue.fail(ReassemblyError(f"the server does not let channel '{self._channel}' be received: {message.message}", message))

    async def on_frame(self, connection: Connection, frame: bytes) -> None:
        if self.is_closed:
            return  # Read on, so that the end of the connection is seen.
        link = self._links.get(connection)
        if link is None:
            raise ProtocolViolation("the server broke the protocol: a chunk before any subscription")
        await link.take(frame)

    def on_ended(self, connection: Connection) -> None:
        link = self._links.pop(connection, None)
        if link is not None:
            link.lose_all(connection.end_reason)

    async def _run(self) -> None:
        last: Optional[Connection] = None
        lost_at: Optional[float] = None
        try:
            await self._keeper.start()
            while True:
                self._keeper.raise_if_stopped()
                current = self._keeper.current
                if current is not None and current is not last:
                    last, lost_at = current, None
                    await self._subscribe(current)
                    continue
                if current is None:
                    lost_at = lost_at or time.monotonic()
                await self._wait(lost_at)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # Nobody awaits this loop; who waits for messages must hear of it.
            self._queue.fail(error)

    async def _subscribe(self, connection: Connection) -> None:
        self._links[connection] = SubscriptionLink(connection, self._queue, self._in_flight, self._buffer_bytes, self._stall_timeout)
        try:
            await connection.send("subscribe", channel=self._channel, inFlight=self._in_flight)
        except ConnectionLost:
            connection.abort()
        if connection.is_closed:
            self.on_ended(connection)

    async def _wait(self, lost_at: Optional[float]) -> None:
        timeout = None if lost_at is None else max(0.0, lost_at + self._options.give_up_after - time.monotonic())
        try:
            await asyncio.wait_for(self._wake.wait(), timeout)
            self._wake.clear()
        except asyncio.TimeoutError:
            last = self._keeper.last_failure
            raise ConnectionFailedError(
                f"gave up receiving after {self._options.give_up_after:g} s without a connection: {last or 'none could be made'}",
                last.error if last else None,
            ) from last
