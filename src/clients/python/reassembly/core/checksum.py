"""CRC-32C by the fastest means there is on this machine; `IMPLEMENTATION` names it."""

from __future__ import annotations

import ctypes
from importlib import import_module
from typing import Any, Callable, Protocol, Tuple, Union

from . import folding

Data = Union[bytes, bytearray, memoryview]


class Crc32c(Protocol):
    def __call__(self, data: Data, crc: int = 0) -> int:
        """CRC-32C of `data`, going on from `crc`, the checksum of what came before."""


def _google() -> Crc32c:
    module = import_module("google_crc32c")
    if module.implementation != "c":
        raise ImportError("google_crc32c without its C library goes byte by byte")

    def crc32c(data: Data, crc: int = 0) -> int:
        checksum: int = module.extend(crc, bytes(data))
        return checksum

    return crc32c


def _isa_l() -> Crc32c:
    """Intel's storage library; on Debian `libisal2`, for x86 and Arm. So short a call keeps the GIL: getting it back takes longer."""
    function: Any = ctypes.PyDLL("libisal.so.2").crc32_iscsi
    function.restype = ctypes.c_uint32
    function.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    from_buffer, reference = ctypes.c_char.from_buffer, ctypes.byref

    def crc32c(data: Data, crc: int = 0) -> int:
        address: Any = data
        if not isinstance(data, bytes):
            try:
                address = reference(from_buffer(data))
            except (TypeError, ValueError):  # Read-only, or empty: neither lends its address.
                address = bytes(data)
        checksum: int = function(address, len(data), crc ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
        return checksum

    return crc32c


def _crc32c() -> Crc32c:
    crc32c: Crc32c = import_module("crc32c").crc32c
    return crc32c


_CANDIDATES: Tuple[Tuple[str, Callable[[], Crc32c]], ...] = (("google-crc32c", _google), ("isa-l", _isa_l), ("crc32c", _crc32c))


def choose() -> Tuple[str, Crc32c]:
    """The first that is installed and computes the check value, in order of speed."""
    for name, load in _CANDIDATES:
        try:
            function = load()
            if function(b"6789", function(b"12345")) == 0xE3069283:
                return name, function
        except (ImportError, OSError, AttributeError, TypeError):
            continue
    return "python", folding.crc32c


IMPLEMENTATION, crc32c = choose()
