"""Where the bytes of a payload come from."""

from __future__ import annotations

import asyncio
import hashlib
import io
import math
import os
from typing import Any, AsyncIterable, AsyncIterator, BinaryIO, Callable, Optional, Protocol, Union

from ..core.compression import Compressor, compressor
from ..core.upload import SourceView
from .streams import StreamSource

Payload = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, BinaryIO, AsyncIterable[bytes]]

USEFUL_DIGEST_BYTES = 16 << 20
"""On a fast network SHA-256 is what a larger payload takes longest for."""

_BLOCK_BYTES = 2 << 20
_PIECE_BYTES = 65_536
_READ_BYTES = 262_144
_INLINE_BYTES = 131_072


class Source(Protocol):
    """Bytes from `view().oldest` on, in any order."""

    known_size: Optional[int]
    """The size where it is known from the start."""

    def view(self) -> SourceView:
        """What there is. Raises what the payload's own source raised."""

    async def read(self, start: int, end: int) -> Union[bytes, memoryview]:
        """These bytes; they may change at the next call."""

    def release(self, below: int) -> None:
        """Bytes below are durable."""

    async def digest(self) -> Optional[str]:
        """SHA-256 of the whole, in hex, where it is wanted; only once the end is known."""

    async def close(self) -> None: ...


def open_source(
    payload: Payload, compression: Optional[str], window_bytes: int, changed: Callable[[], None], digest_up_to: float = math.inf
) -> Source:
    """The source for whatever a caller sends. `changed` is called when a stream can give more. There is a digest where the
    payload has no more bytes than `digest_up_to`."""
    if isinstance(payload, (bytes, bytearray, memoryview)):
        data = memoryview(payload).cast("B")
        if compression is None:
            return MemorySource(data, digest_up_to)
        stream = _slices(data)
        close = None
    elif isinstance(payload, (str, os.PathLike)):
        file = open(payload, "rb", buffering=0)
        if compression is None and file.seekable():
            return FileSource(file, file.close, digest_up_to)
        stream, close = _file_pieces(file), file.close
    elif isinstance(payload, AsyncIterable):
        stream, close = payload.__aiter__(), None
    elif hasattr(payload, "read"):
        if isinstance(payload, io.TextIOBase):
            raise TypeError("a file must be open in binary mode")
        if compression is None and hasattr(payload, "readinto") and payload.seekable():
            return FileSource(payload, None, digest_up_to)
        stream, close = _file_pieces(payload), None
    else:
        raise TypeError(f"a payload is a path, bytes, a binary file or an async iterator of bytes, not {type(payload).__name__}")
    if compression is not None:
        stream = _compressed(stream, compressor(compression))
    return StreamSource(stream, window_bytes, changed, close, digest_up_to)


async def _slices(data: memoryview) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _READ_BYTES):
        yield bytes(data[start : start + _READ_BYTES])


async def _file_pieces(file: Any) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    while data := await loop.run_in_executor(None, file.read, _READ_BYTES):
        yield data


async def _compressed(stream: AsyncIterator[bytes], by: Compressor) -> AsyncIterator[bytes]:
    """Compresses in a thread, small pieces together: a compressor holds them back anyway, and each visit to a thread costs more."""
    loop = asyncio.get_running_loop()
    gathered = bytearray()
    async for data in stream:
        gathered += data
        if len(gathered) >= _PIECE_BYTES:
            yield await loop.run_in_executor(None, by.compress, bytes(gathered))
            gathered.clear()
    yield by.compress(bytes(gathered)) + await loop.run_in_executor(None, by.flush)


class MemorySource:
    """Bytes in memory, handed out as they lie there; hashed by a thread, behind what is sent."""

    def __init__(self, data: memoryview, digest_up_to: float = math.inf) -> None:
        self.known_size: Optional[int] = len(data)
        self._data = data
        self._view = SourceView(0, len(data), len(data))
        self._hash = _Hash(len(data) <= digest_up_to)

    def view(self) -> SourceView:
        return self._view

    async def read(self, start: int, end: int) -> memoryview:
        if start - self._hash.count >= _BLOCK_BYTES and self._hash.is_idle:
            self._hash.begin(self._data[self._hash.count : start])
        return self._data[start:end]

    def release(self, below: int) -> None:
        pass

    async def digest(self) -> Optional[str]:
        if not self._hash.is_wanted:
            return None
        await self._hash.settle()
        while self._hash.count < len(self._data):
            await self._hash.add(self._data[self._hash.count : self._hash.count + _BLOCK_BYTES])
        return self._hash.hexdigest()

    async def close(self) -> None:
        await self._hash.settle()


class FileSource:
    """A file that can be read again at any place.

    What follows on what was read before, as nearly all does, goes into one of two buffers; a full one is hashed by a thread while the
    other is filled. The buffers stay: new ones for every piece would cost more in page faults than all the rest of the work on it.
    Without a digest there is one buffer of one piece, which the processor's cache still holds when the next is read into it.
    """

    def __init__(self, file: Any, close: Optional[Callable[[], None]] = None, digest_up_to: float = math.inf) -> None:
        self._file = file
        self._origin = file.tell()
        self._size = max(0, file.seek(0, os.SEEK_END) - self._origin)
        self._position = -1
        # Others may be anything, and take any time to read.
        self._is_quick = isinstance(file, (io.FileIO, io.BufferedReader, io.BufferedRandom, io.BytesIO))
        self._close = close
        self.known_size: Optional[int] = self._size
        self._view = SourceView(0, self._size, self._size)
        self._hash = _Hash(self._size <= digest_up_to)
        self._block = self._other = memoryview(b"")
        self._filled = 0

    def view(self) -> SourceView:
        return self._view

    async def read(self, start: int, end: int) -> memoryview:
        length = end - start
        if not self._hash.is_wanted:
            if len(self._block) < length:
                self._block = memoryview(bytearray(length))
            piece = self._block if len(self._block) == length else self._block[:length]
            if self._is_quick:
                self._fill(start, piece)
            else:
                await self._read_into(start, piece)
            return piece
        place = self._hash.count + self._filled
        if start != place:
            piece = memoryview(bytearray(length))
            await self._read_into(start, piece)
            if start < place < end:
                (await self._room(end - place))[:] = piece[place - start :]
            return piece
        room = await self._room(length)
        try:
            if self._is_quick:
                self._fill(start, room)
            else:
                await self._read_into(start, room)
        except BaseException:
            self._filled -= length
            raise
        return room

    def release(self, below: int) -> None:
        pass

    async def digest(self) -> Optional[str]:
        if not self._hash.is_wanted:
            return None
        await self._hash_filled()
        while self._hash.count < self._size:
            start = self._hash.count
            await self.read(start, min(self._size, start + _PIECE_BYTES))
            await self._hash_filled()
        await self._hash.settle()
        return self._hash.hexdigest()

    async def close(self) -> None:
        await self._hash.settle()
        if self._close is not None:
            self._close()

    async def _room(self, length: int) -> memoryview:
        """The next bytes of the buffer; full, it goes to be hashed."""
        if self._filled + length > len(self._block):
            await self._hash_filled()
            if len(self._block) < length:
                self._block = memoryview(bytearray(max(length, min(_BLOCK_BYTES, self._size))))
        self._filled += length
        return self._block[self._filled - length : self._filled]

    async def _hash_filled(self) -> None:
        await self._hash.settle()
        if self._filled:
            self._hash.begin(self._block[: self._filled])
            self._block, self._other = self._other, self._block
            self._filled = 0

    async def _read_into(self, start: int, room: memoryview) -> None:
        if self._is_quick:
            self._fill(start, room)
        else:
            await asyncio.get_running_loop().run_in_executor(None, self._fill, start, room)

    def _fill(self, start: int, room: memoryview) -> None:
        if start != self._position:
            self._file.seek(self._origin + start)
        self._position = -1
        end = start + len(room)
        while True:
            count = self._file.readinto(room)
            if count == len(room):
                break
            if not count:
                raise OSError(f"the file ends before byte {end}, it had {self._size} bytes before")
            room = room[count:]
        self._position = end


class _Hash:
    """SHA-256 of bytes in order, where it is wanted. A few are hashed at once, many by a thread: one block at a time."""

    def __init__(self, is_wanted: bool) -> None:
        self.is_wanted = is_wanted
        self._digest = hashlib.sha256()
        self._running: Optional["asyncio.Future[None]"] = None
        self.count = 0
        """Bytes given so far."""

    @property
    def is_idle(self) -> bool:
        return self._running is None or self._running.done()

    def begin(self, data: memoryview) -> None:
        """Takes what follows; it must not change before `settle`. Not while a block is under way."""
        self.count += len(data)
        if not self.is_wanted:
            return
        if len(data) <= _INLINE_BYTES:
            self._digest.update(data)
        else:
            self._running = asyncio.get_running_loop().run_in_executor(None, self._digest.update, data)

    async def settle(self) -> None:
        """Waits for the block that is under way."""
        if self._running is not None:
            running, self._running = self._running, None
            if not running.done():
                await running

    async def add(self, data: memoryview) -> None:
        self.begin(data)
        await self.settle()

    def hexdigest(self) -> str:
        return self._digest.hexdigest()
