"""Sources and compression."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import os
import tempfile
import unittest
from typing import Any, AsyncIterator

from reassembly.aio.sources import FileSource, MemorySource, open_source
from reassembly.aio.streams import StreamSource
from reassembly.core.compression import Decompressor, compressor
from reassembly.core.errors import DecompressedTooBigError

from .support import pieces, seeded


class Slow(io.RawIOBase):
    """A file of which nobody knows how long it takes to read, and that gives little at a time."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._inner.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._inner.seek(offset, whence)

    def readinto(self, room: Any) -> int:
        return self._inner.readinto(room[:30_000])


class Seekable(unittest.IsolatedAsyncioTestCase):
    async def test_any_order_of_reads_gives_the_bytes_and_the_digest(self) -> None:
        source = seeded(self)
        data = source.randbytes(3_000_000)
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            for payload in (file.name, data, io.BytesIO(data), memoryview(data), Slow(data)):
                opened = open_source(payload, None, 1 << 20, lambda: None)
                self.assertIsInstance(opened, (FileSource, MemorySource))
                self.assertEqual(opened.known_size, len(data))
                place = 0
                for _ in range(60):
                    if source.random() < 0.2:
                        place = source.randrange(len(data))
                    end = min(len(data), place + source.choice((1_000, 65_488, 65_488, 65_488)))
                    self.assertEqual(bytes(await opened.read(place, end)), data[place:end])
                    place = end % len(data)
                self.assertEqual(await opened.digest(), hashlib.sha256(data).hexdigest())
                await opened.close()

    async def test_without_a_digest_the_bytes_are_the_same(self) -> None:
        data = seeded(self).randbytes(5_000_000)
        for payload in (data, io.BytesIO(data), pieces(data, 65_536)):
            opened = open_source(payload, None, 1 << 20, lambda: None, digest_up_to=-1)
            received = bytearray()
            while (view := opened.view()).size is None or len(received) < view.size:
                received += await opened.read(len(received), min(view.available, len(received) + 65_488))
                opened.release(len(received))
                await asyncio.sleep(0)
            self.assertEqual(received, data)
            self.assertIsNone(await opened.digest())
            await opened.close()

    async def test_a_file_goes_out_from_where_it_stands(self) -> None:
        file = io.BytesIO(b"0123456789")
        file.seek(4)
        opened = open_source(file, None, 1 << 20, lambda: None)
        self.assertEqual(opened.known_size, 6)
        self.assertEqual(bytes(await opened.read(2, 6)), b"6789")
        self.assertEqual(await opened.digest(), hashlib.sha256(b"456789").hexdigest())

    async def test_a_file_that_became_shorter_is_an_error(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            file.write(bytes(1000))
            file.flush()
            opened = open_source(file.name, None, 1 << 20, lambda: None)
            os.truncate(file.name, 10)
            with self.assertRaises(OSError):
                await opened.read(0, 1000)
            await opened.close()

    async def test_what_is_no_payload_is_refused(self) -> None:
        for payload in (5, None, ["a"], io.StringIO("text")):
            with self.assertRaises(TypeError):
                open_source(payload, None, 1 << 20, lambda: None)  # type: ignore[arg-type]


class Streams(unittest.IsolatedAsyncioTestCase):
    async def test_keeps_no_more_than_its_window_and_gives_every_byte(self) -> None:
        source = seeded(self)
        data = source.randbytes(1_000_000)
        stream = StreamSource(pieces(data, 7_001), 100_000, lambda: None)
        place = most = 0
        received = bytearray()
        while (view := stream.view()).size is None or place < view.size:
            end = min(view.available, place + source.randrange(1, 30_000))
            received += await stream.read(place, end)
            place = end
            most = max(most, view.available - view.oldest)
            stream.release(place)
            await asyncio.sleep(0)
        self.assertEqual(received, data)
        self.assertLessEqual(most, 107_001)
        self.assertEqual(await stream.digest(), hashlib.sha256(data).hexdigest())

    async def test_what_the_stream_raises_is_raised(self) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"1"
            raise OSError("no more")

        changed = asyncio.Event()
        stream = StreamSource(broken(), 100_000, changed.set)
        stream.view()
        with self.assertRaisesRegex(OSError, "no more"):
            while True:
                await changed.wait()
                stream.view()
                changed.clear()

    async def test_bytes_that_are_durable_already_are_skipped(self) -> None:
        data = bytes(range(250)) * 4
        stream = StreamSource(pieces(data, 10), 100_000, lambda: None)
        stream.release(905)
        while stream.view().size is None:
            await asyncio.sleep(0)
        self.assertEqual(stream.view().oldest, 905)
        self.assertEqual(await stream.read(905, 1000), data[905:])


class Compression(unittest.TestCase):
    def decompress(self, encoding: str, data: bytes, cap: int, step: int) -> bytes:
        decompressor = Decompressor(encoding, cap)
        made = b"".join(piece for start in range(0, len(data), step) for piece in decompressor.decompress(data[start : start + step]))
        decompressor.finish()
        return made

    def test_comes_out_as_it_went_in(self) -> None:
        source = seeded(self)
        data = source.randbytes(50_000) + bytes(200_000)
        for encoding in ("gzip", "br"):
            by = compressor(encoding)
            packed = by.compress(data[:100_000]) + by.compress(data[100_000:]) + by.flush()
            for step in (1_000, len(packed)):
                self.assertEqual(self.decompress(encoding, packed, len(data), step), data)
            with self.subTest(encoding), self.assertRaises(DecompressedTooBigError):
                self.decompress(encoding, packed, len(data) - 1, 1_000)
            with self.subTest(encoding), self.assertRaises(ValueError):
                self.decompress(encoding, packed[:-1], len(data), 1_000)

    def test_a_bomb_stops_at_the_cap(self) -> None:
        for encoding in ("gzip", "br"):
            by = compressor(encoding)
            packed = b"".join(by.compress(bytes(1 << 20)) for _ in range(40)) + by.flush()
            decompressor, made = Decompressor(encoding, 1 << 20), 0
            with self.subTest(encoding), self.assertRaises(DecompressedTooBigError):
                for piece in decompressor.decompress(packed):
                    made += len(piece)
            self.assertLessEqual(made, 1 << 20)

    def test_several_gzip_members_are_one_payload(self) -> None:
        self.assertEqual(self.decompress("gzip", gzip.compress(b"one ") + gzip.compress(b"two"), 100, 3), b"one two")

    def test_what_is_not_compressed_is_an_error(self) -> None:
        for encoding in ("gzip", "br"):
            with self.subTest(encoding), self.assertRaises(ValueError):
                self.decompress(encoding, b"plainly not compressed", 1000, 5)
        with self.assertRaises(ValueError):
            Decompressor("zstd", 1000)
        with self.assertRaises(ValueError):
            compressor("zstd")


if __name__ == "__main__":
    unittest.main()
