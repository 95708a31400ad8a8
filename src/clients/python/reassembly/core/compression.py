"""Content encodings: `gzip`, and `br` where the `brotli` module is installed."""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import Any, Iterator, Optional, Protocol

from .errors import DecompressedTooBigError

_PIECE = 65_536
# A brotli module that cannot cap its output is fed so little at a time that no call can make much: a meta-block of 16 MiB, the
# largest there is, takes about ten bytes to describe.
_BROTLI_BITE = 16


class Compressor(Protocol):
    def compress(self, data: bytes) -> bytes: ...

    def flush(self) -> bytes: ...


def compressor(encoding: str) -> Compressor:
    """What compresses a payload before it is cut.

    Raises ValueError for an encoding that is not known, ImportError where its module is missing.
    """
    if encoding == "gzip":
        return zlib.compressobj(6, zlib.DEFLATED, 31)
    if encoding == "br":
        return _BrotliCompressor()
    raise ValueError(f"compression {encoding!r} is neither 'gzip' nor 'br'")


class _BrotliCompressor:
    def __init__(self) -> None:
        brotli = import_module("brotli")
        self._inner: Any = brotli.Compressor(quality=5)

    def compress(self, data: bytes) -> bytes:
        return bytes(self._inner.process(data))

    def flush(self) -> bytes:
        return bytes(self._inner.finish())


class Decompressor:
    """Undoes a content encoding, up to `max_bytes`; no call holds more than a piece of what it makes."""

    def __init__(self, encoding: str, max_bytes: int, id: Optional[str] = None) -> None:
        self._max_bytes = max_bytes
        self._id = id
        self._made = 0
        if encoding == "gzip":
            self._steps = self._gunzip
            self._inner: Any = zlib.decompressobj(31)
        elif encoding == "br":
            brotli = import_module("brotli")
            self._steps = self._unbrotli
            self._inner = brotli.Decompressor()
            self._error = brotli.error
        else:
            raise ValueError(f"content encoding {encoding!r} is neither 'gzip' nor 'br'")

    def decompress(self, data: bytes) -> Iterator[bytes]:
        """What `data` adds.

        Raises DecompressedTooBigError beyond the cap, ValueError for what says that it is compressed and is not.
        """
        for piece in self._steps(data):
            self._made += len(piece)
            if self._made > self._max_bytes:
                raise DecompressedTooBigError(f"the payload decompresses to more than the {self._max_bytes} bytes allowed", id=self._id)
            if piece:
                yield piece

    def finish(self) -> None:
        """All input was given. Raises ValueError when it ended too early."""
        if not (self._inner.eof if self._steps == self._gunzip else self._inner.is_finished()):
            raise ValueError("the compressed payload ends too early")

    def _gunzip(self, data: bytes) -> Iterator[bytes]:
        try:
            while data:
                if self._inner.eof:
                    # A gzip file may have several members, one after the other.
                    self._inner = zlib.decompressobj(31)
                yield self._inner.decompress(data, _PIECE)
                data = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail
        except zlib.error as error:
            raise ValueError(f"the payload is no gzip: {error}") from error

    def _unbrotli(self, data: bytes) -> Iterator[bytes]:
        try:
            for start in range(0, len(data), _BROTLI_BITE):
                made = self._inner.process(data[start : start + _BROTLI_BITE])
                yield made
        except self._error as error:
            raise ValueError(f"the payload is no brotli: {error}") from error
