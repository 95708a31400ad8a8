"""The binary frame of one chunk: a header of 48 bytes, big-endian, then the payload.

at 0 version, 1 type, 2 flags (bit 0: LAST), 3 header length / 4, 4 sequence, 8 message id, 24 offset, 32 total size, 40 payload
length, 44 CRC-32C over bytes 0 to 43 and the payload.
"""

from __future__ import annotations

import struct
from typing import NamedTuple, Optional, Union

from .checksum import crc32c

HEADER_BYTES = 48
UNKNOWN_SIZE = 2**64 - 1

_HEADER = struct.Struct("!BBBBI16sQQI")
_CHECKSUM = struct.Struct("!I")
_MAX_PLACE = 2**63 - 1


class FrameError(Exception):
    """A frame that is not one; `code` is the protocol's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Chunk(NamedTuple):
    """One chunk as it came."""

    id: bytes
    sequence: int
    offset: int
    total_size: int
    is_last: bool
    payload: bytes


def write_chunk(id: bytes, sequence: int, offset: int, total_size: Optional[int], is_last: bool, payload: Union[bytes, memoryview]) -> bytes:
    """The frame of one chunk.

    `id` is the UUID's 16 bytes; `total_size` is None while it is unknown.
    """
    total = UNKNOWN_SIZE if total_size is None else total_size
    header = _HEADER.pack(1, 1, 1 if is_last else 0, 12, sequence, id, offset, total, len(payload))
    return b"".join((header, _CHECKSUM.pack(crc32c(payload, crc32c(header))), payload))


def read_chunk(frame: Union[bytes, bytearray]) -> Chunk:
    """Checks a frame and takes it apart, in the order that the specification sets.

    Raises FrameError.
    """
    if len(frame) < HEADER_BYTES:
        raise FrameError("BAD_FRAME", f"a frame of {len(frame)} bytes is shorter than its header")
    header = bytes(frame[:44])
    version, kind, flags, words, sequence, id, offset, total, length = _HEADER.unpack(header)
    if version != 1:
        raise FrameError("BAD_FRAME", f"version {version} is not known")
    if kind != 1:
        raise FrameError("UNKNOWN_TYPE", f"frame type {kind} is not known")
    if flags & ~1:
        raise FrameError("BAD_FRAME", f"flags {flags:#04x} are not known")
    begin = words * 4
    if not HEADER_BYTES <= begin <= len(frame):
        raise FrameError("BAD_FRAME", f"a header of {begin} bytes in a frame of {len(frame)}")
    if length != len(frame) - begin:
        raise FrameError("BAD_FRAME", f"the payload has {len(frame) - begin} bytes, its header says {length}")
    if offset + length > _MAX_PLACE:
        raise FrameError("BAD_FRAME", f"offset {offset} is too far out")
    payload = bytes(frame[begin:])
    if crc32c(payload, crc32c(header)) != _CHECKSUM.unpack_from(frame, 44)[0]:
        raise FrameError("CRC_MISMATCH", "the checksum does not fit the frame")
    return Chunk(id, sequence, offset, total, bool(flags & 1), payload)
