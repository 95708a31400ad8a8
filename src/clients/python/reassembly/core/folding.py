"""CRC-32C in pure Python, several hundred MiB/s, by folding one big integer.

A checksum is the remainder of the message, read as a polynomial over GF(2), divided by the generator P. Byte by byte through a table,
Python manages a few MiB/s. But shifting and XORing a big integer runs in C over all its bits at once, and a division needs nothing
else when its divisor has few terms: if x^n = x^a + x^b + 1 modulo P, the upper half of a message is taken away and put back three
times, n-a, n-b and n places lower. Every multiple of P will do for this, and over GF(2) its square is itself spread out:
Q(x)^2 = Q(x^2). So one multiple with four terms serves every power of two, and each step halves the message.

CRC-32C is "reflected": its first bit, of the highest degree, is the lowest bit of the first byte. So `int.from_bytes(…, "little")` is
the message with its highest degree at bit 0, and "lower by n places" is a shift to the left by n.
"""

from __future__ import annotations

from functools import lru_cache
from typing import List, Tuple, Union

_REFLECTED_GENERATOR = 0x82F63B78

# x^degree is the sum of x^term over the terms, modulo the generator of CRC-32C (degree 32, 18 terms). Found by search: the first is
# the one of four terms whose next highest degree is lowest, so that one step folds the most; no other of four terms is as short as the second.
_MULTIPLES = ((6777, (484, 100, 0)), (290, (136, 113, 107, 32, 0)))

# Below this a table is as fast.
_TABLE_BITS = 290

_Step = Tuple[int, int, Tuple[int, ...]]


def crc32c(data: Union[bytes, bytearray, memoryview], crc: int = 0) -> int:
    """CRC-32C of `data`, going on from `crc`, the checksum of what came before."""
    state = crc ^ 0xFFFFFFFF
    bits = 8 * len(data)
    if bits <= _TABLE_BITS:
        return _by_table(data, state) ^ 0xFFFFFFFF
    # The checksum is of the message times x^32; those zeroes need no bits here, just 32 more to count.
    folded = int.from_bytes(data, "little") ^ state
    rest = bits + 32
    for mask, width, shifts in _plan(rest):
        highest = folded & mask
        folded >>= width
        for shift in shifts:
            folded ^= highest << shift
        rest -= width
    # Of what is left the last 32 bits are the remainder's own place, the bits before it still have to be divided.
    head = rest - 32
    whole = (head + 7) // 8 * 8
    folded <<= whole - head
    last = folded >> whole
    return _by_table((folded & ((1 << whole) - 1)).to_bytes(whole // 8, "little"), 0) ^ last ^ 0xFFFFFFFF


def _by_table(data: Union[bytes, bytearray, memoryview], state: int) -> int:
    table = _TABLE
    for byte in data:
        state = table[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state


def _make_table() -> List[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (_REFLECTED_GENERATOR if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _make_table()


@lru_cache(maxsize=16)
def _plan(bits: int) -> List[_Step]:
    """The steps that fold `bits` down to what the table takes: (mask, width) of what is taken away, shifts to put it back."""
    steps: List[_Step] = []
    for base, terms in _MULTIPLES:
        while bits > base:
            scale = 1 << (((bits - 1) // base).bit_length() - 1)
            degree = base * scale
            width = min(bits - degree, degree - terms[0] * scale)
            steps.append(((1 << width) - 1, width, tuple(degree - term * scale - width for term in terms)))
            bits -= width
    return steps
