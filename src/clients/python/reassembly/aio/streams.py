"""Payloads that come only once."""

from __future__ import annotations

import asyncio
import hashlib
import math
from typing import AsyncIterator, Callable, List, Optional

from ..core.upload import SourceView

_ENTRY_BYTES = 65_536


class StreamSource:
    """Bytes that come only once.

    A task reads ahead into a window, which keeps what the server has not made durable and nothing else: memory is bounded by the
    window and one piece of the stream, however long the payload is. It waits while the window is full, and skips bytes that are
    durable before they were read (a send that goes on where another process stopped).
    """

    def __init__(
        self,
        stream: AsyncIterator[bytes],
        window_bytes: int,
        changed: Callable[[], None],
        close: Optional[Callable[[], None]] = None,
        digest_up_to: float = math.inf,
    ) -> None:
        self.known_size: Optional[int] = None
        self._stream = stream
        self._window_bytes = window_bytes
        self._changed = changed
        self._close = close
        self._digest_up_to = digest_up_to
        self._digest = hashlib.sha256() if digest_up_to >= 0 else None
        self._entries: List[bytearray] = []
        self._first = 0
        self._released = 0
        self._available = 0
        self._ended = False
        self._fault: Optional[Exception] = None
        self._room = asyncio.Event()
        self._pump: Optional["asyncio.Task[None]"] = None

    def view(self) -> SourceView:
        if self._fault is not None:
            raise self._fault
        if self._pump is None:
            self._pump = asyncio.ensure_future(self._run())
        return SourceView(min(self._released, self._available), self._available, self._available if self._ended else None)

    async def read(self, start: int, end: int) -> bytes:
        parts = []
        at = self._first
        for entry in self._entries:
            if at >= end:
                break
            if at + len(entry) > start:
                parts.append(memoryview(entry)[max(0, start - at) : end - at])
            at += len(entry)
        data = b"".join(parts)
        for part in parts:
            part.release()
        return data

    def release(self, below: int) -> None:
        self._released = max(self._released, below)
        self._drop()

    async def digest(self) -> Optional[str]:
        return None if self._digest is None else self._digest.hexdigest()

    async def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        if self._close is not None:
            self._close()

    async def _run(self) -> None:
        try:
            async for data in self._stream:
                if self._available + len(data) > self._digest_up_to:
                    self._digest = None
                if self._digest is not None:
                    self._digest.update(data)
                self._append(data)
                self._changed()
                while self._available - max(self._first, self._released) >= self._window_bytes:
                    self._room.clear()
                    await self._room.wait()
            self._ended = True
        except Exception as error:  # Whatever the caller's stream raises must reach the send that reads it.
            self._fault = error
        self._changed()

    def _append(self, data: bytes) -> None:
        if self._available + len(data) <= self._released:
            self._first = self._available = self._available + len(data)
            return
        if self._entries and len(self._entries[-1]) + len(data) <= _ENTRY_BYTES:
            self._entries[-1] += data
        elif data:
            self._entries.append(bytearray(data))
        self._available += len(data)
        self._drop()

    def _drop(self) -> None:
        count = 0
        while count < len(self._entries) and self._first + len(self._entries[count]) <= min(self._released, self._available):
            self._first += len(self._entries[count])
            count += 1
        del self._entries[:count]
        self._room.set()
