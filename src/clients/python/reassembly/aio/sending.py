"""Runs one upload: feeds it what arrives, does what it says next, until the message has its outcome."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from ..core.backoff import Backoff
from ..core.control import Ack, Outcome
from ..core.errors import ConnectionFailedError, PayloadMismatchError, ProtocolError, ReassemblyError, ended
from ..core.frames import HEADER_BYTES, write_chunk
from ..core.upload import Ask, Link, Open, Send, Step, Times, Upload, Wait
from .connection import Connection, ConnectionLost
from .keeper import Keeper
from .options import Options
from .sources import Source

_LAST_WORDS = 1.0
# Seconds of a run of chunks in which acks do not end it: taking several at once leaves the processor to the chunks.
_ACKS_WAIT = 0.01


@dataclass(frozen=True)
class Progress:
    """Where a send stands. `event` is `bytes` (more is durable), `disconnected`, `resumed` or `refused` (`detail` says what for)."""

    event: str
    durable: int
    sent: int
    size: Optional[int]
    detail: str = ""


@dataclass(frozen=True)
class SendResult:
    """A committed message. `size` and `sha256` are those of the bytes as sent, so after any compression."""

    id: str
    size: int
    sha256: str
    bytes_sent: int
    """Payload bytes that went out, those that went twice included."""
    bytes_resent: int
    chunks: int
    connections: int


class SendOperation:
    def __init__(
        self,
        keeper: Keeper,
        options: Options,
        source: Source,
        open_fields: Dict[str, Any],
        may_be_known: bool,
        wake: asyncio.Event,
        on_progress: Optional[Callable[[Progress], None]],
    ) -> None:
        self.id: str = open_fields["id"]
        self._id_bytes = uuid.UUID(self.id).bytes
        self._keeper = keeper
        self._options = options
        self._source = source
        self._open_fields = open_fields
        self._wake = wake
        self._on_progress = on_progress
        self._inbox: List[Tuple[Connection, Union[Ack, Outcome, ProtocolError]]] = []
        self._connection: Optional[Connection] = None
        self._leave_at: Optional[float] = None
        self._chunks = 0
        self._connections = 0
        self._told_lost = False
        times = Times(options.ack_timeout, options.give_up_after, options.max_unacked_bytes)
        self._upload = Upload(self.id, may_be_known, times, Backoff(options.backoff_base, options.backoff_cap), time.monotonic())

    def post(self, connection: Connection, message: Union[Ack, Outcome, ProtocolError]) -> None:
        """Takes what was said about this message, to look at in its own time. An ack replaces the one before it."""
        inbox = self._inbox
        if isinstance(message, Ack) and inbox and inbox[-1][0] is connection and isinstance(inbox[-1][1], Ack):
            inbox[-1] = (connection, message)
        else:
            inbox.append((connection, message))
        self._wake.set()

    async def run(self) -> SendResult:
        upload = self._upload
        while True:
            self._keeper.raise_if_stopped()
            if self._inbox:
                self._take_inbox()
            self._move()
            if upload.outcome is not None:
                return await self._finish(upload.outcome)
            connection = self._connection
            if connection is None or connection.is_closed or self._is_leaving(connection):
                await self._wait_for_connection()
                continue
            try:
                step = await self._flow(connection)
                if isinstance(step, Wait):
                    await self._wait(step.until)
                elif isinstance(step, Open):
                    await connection.send("open", **self._open_fields)
                elif isinstance(step, Ask):
                    await connection.send("status", id=self.id)
            except ConnectionLost:
                # The reader may still have to read why, above all a close with 1009. Then the keeper is at it, and the next connection
                # begins with a question.
                await connection.wait_ended(_LAST_WORDS)
                connection.abort()

    async def abort(self) -> None:
        """Tells the server that this message is given up, at most for the abort time-out. Without it the message expires there."""
        connection = self._connection
        if not self._upload.may_be_known or connection is None or connection.is_closed:
            return
        try:
            await asyncio.wait_for(self._tell_abort(connection), self._options.abort_timeout)
        except (ConnectionLost, asyncio.TimeoutError):
            pass

    async def _tell_abort(self, connection: Connection) -> None:
        self._upload.last_error = None
        await connection.send("abort", id=self.id)
        while self._upload.outcome is None and not connection.is_closed:
            if self._upload.last_error is not None and self._upload.last_error.code == "UNKNOWN_MESSAGE":
                return
            await self._wake.wait()
            self._wake.clear()
            self._take_inbox()

    async def _flow(self, connection: Connection) -> Optional[Step]:
        """Sends chunks until there is something else to do, or to look at (None)."""
        upload, source, keeper = self._upload, self._source, self._keeper
        while not self._inbox and keeper.current is connection:
            view = source.view()
            step = upload.next(view, time.monotonic())
            if not isinstance(step, Send):
                return step
            await self._send_run(connection, step, upload.run_end(step, view.size), view.size)
        return None

    async def _send_run(self, connection: Connection, first: Send, run_end: int, size: Optional[int]) -> None:
        """Sends this piece, and those of its length behind it up to `run_end`, unless something else is to be done meanwhile."""
        source, keeper, id, gives_up_at = self._source, self._keeper, self._id_bytes, self._upload.gives_up_at
        start, end, is_last, sequence = first
        length, at, first_sent_at = end - start, start, 0.0
        try:
            while True:
                payload = await source.read(at, at + length)
                await connection.send_frame(write_chunk(id, sequence, at, size, is_last, payload))
                at += length
                sequence += 1
                now = time.monotonic()
                first_sent_at = first_sent_at or now
                is_told = self._inbox and (now >= first_sent_at + _ACKS_WAIT or not isinstance(self._inbox[-1][1], Ack))
                if at >= run_end or is_told or keeper.current is not connection or now >= gives_up_at:
                    return
        finally:
            count = sequence - first.sequence
            if count > 0:
                self._chunks += count
                self._upload.on_sent(Send(start, at, is_last, first.sequence), size, first_sent_at, count)

    def _take_inbox(self) -> None:
        upload = self._upload
        durable = upload.durable
        inbox, self._inbox = self._inbox, []
        for connection, message in inbox:
            if isinstance(message, Ack):
                upload.on_ack(message, connection is self._connection, time.monotonic())
                if self._told_lost and connection is self._connection:
                    self._told_lost = False
                    self._tell("resumed")
            elif isinstance(message, Outcome):
                upload.on_outcome(message)
            elif connection is self._connection:
                self._take_error(connection, message)
        if upload.durable > durable:
            self._source.release(upload.durable)
            self._tell("bytes")

    def _take_error(self, connection: Connection, error: ProtocolError) -> None:
        if error.code == "FRAME_TOO_BIG" and self._narrow(connection, error):
            error = ProtocolError(error.code, error.scope, error.message, True, error.id, error.retry_after_ms, error.limit)
        self._upload.on_error(error, time.monotonic())
        self._tell("refused", error.message)

    def _narrow(self, connection: Connection, error: ProtocolError) -> bool:
        """A hop refused a frame: smaller ones from now on, as small as it says, or half. Returns whether smaller ones are possible."""
        before = self._link(connection).largest
        largest = connection.largest_frame
        limit = error.limit.max if error.limit else None
        allowed = limit if limit is not None and HEADER_BYTES < limit < largest else largest // 2
        self._keeper.frame_cap = min(self._keeper.frame_cap, allowed)
        link = self._link(connection)
        self._upload.narrow(link)
        return link.largest < before or largest > before + HEADER_BYTES

    def _move(self) -> None:
        """Takes the keeper's connection, if it is another one and nothing is left to wait for on the old one."""
        current = self._keeper.current
        old = self._connection
        if current is None or current is old:
            return
        if old is not None and not old.is_closed and not self._upload.is_quiet:
            # Half the grace time for the acks of what is on its way.
            grace = old.goaway.grace_ms / 2000 if old.goaway else 0
            self._leave_at = self._leave_at or time.monotonic() + grace
            if time.monotonic() < self._leave_at:
                return
        self._leave_at = None
        self._connection = current
        self._connections += 1
        self._upload.attach(self._link(current), time.monotonic())

    def _link(self, connection: Connection) -> Link:
        limits = connection.limits
        smallest = max(1, limits.min_chunk_bytes)
        largest = min(limits.chunk_bytes, self._keeper.frame_cap - HEADER_BYTES)
        if self._options.chunk_bytes is not None:
            largest = min(largest, self._options.chunk_bytes)
        largest = max(largest, smallest)
        return Link(smallest, largest, limits.window_bytes, float(limits.idle_seconds))

    def _is_leaving(self, connection: Connection) -> bool:
        current = self._keeper.current
        return connection.goaway is not None and current is not None and current is not connection

    async def _wait_for_connection(self) -> None:
        connection = self._connection
        if time.monotonic() >= self._upload.gives_up_at:
            raise self._gave_up_connecting() if self._keeper.current is None else self._upload.no_progress()
        if connection is not None and connection.is_closed and not self._told_lost:
            self._told_lost = True
            self._tell("disconnected", connection.end_reason)
        if self._keeper.current is None or self._leave_at is not None:
            await self._wait(self._leave_at or self._upload.gives_up_at)

    def _gave_up_connecting(self) -> ReassemblyError:
        last = self._keeper.last_failure
        return ConnectionFailedError(
            f"gave up after {self._options.give_up_after:g} s without a connection: {last or 'none could be made'}", last.error if last else None
        )

    async def _wait(self, until: float) -> None:
        """Waits until something has changed, or the time has come."""
        loop = asyncio.get_running_loop()
        delay = max(0.0, min(until, self._upload.gives_up_at) - time.monotonic())
        timer = loop.call_later(delay, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()
            self._wake.clear()

    async def _finish(self, outcome: Outcome) -> SendResult:
        id = self.id
        if outcome.state != "committed":
            raise ended(id, outcome.state, outcome.error)
        size = self._source.view().size
        if size is None:
            size = await self._read_to_end(outcome.size)
        digest = await self._source.digest() or self._open_fields["sha256"]
        if outcome.size not in (None, size) or (digest is not None and outcome.sha256 not in (None, digest)):
            raise PayloadMismatchError(
                f"message {id} was committed with {outcome.size} bytes and SHA-256 {outcome.sha256}; this payload has {size} bytes and {digest}", id=id
            )
        upload = self._upload
        return SendResult(id, size, digest or outcome.sha256 or "", upload.bytes_sent, upload.bytes_resent, self._chunks, self._connections)

    async def _read_to_end(self, committed: Optional[int]) -> int:
        # Committed before this stream was read to its end: the message was complete already. It is read on to compare.
        limit = 2**63 - 1 if committed is None else committed
        self._source.release(limit)
        while True:
            view = self._source.view()
            if view.size is not None or view.available > limit:
                return view.available
            await self._wake.wait()
            self._wake.clear()

    def _tell(self, event: str, detail: str = "") -> None:
        if self._on_progress is not None:
            size = self._open_fields.get("size")
            self._on_progress(Progress(event, self._upload.durable, self._upload.sent, size, detail))
