"""Sets of bytes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import List, Tuple

END = 2**63 - 1
"""Beyond every place in a message."""


class RangeSet:
    """Bytes of a message, as ascending ranges that do not touch. Adding at the end, as a sender does, takes constant time."""

    __slots__ = ("_starts", "_ends", "count")

    def __init__(self) -> None:
        self._starts: List[int] = []
        self._ends: List[int] = []
        self.count = 0
        """How many bytes are in the set."""

    def add(self, start: int, end: int) -> None:
        if end <= start:
            return
        starts, ends = self._starts, self._ends
        if ends and start == ends[-1]:
            ends[-1] = end
            self.count += end - start
            return
        first = bisect_left(ends, start)
        behind = bisect_right(starts, end)
        if first < behind:
            start = min(start, starts[first])
            end = max(end, ends[behind - 1])
            self.count -= sum(ends[first:behind]) - sum(starts[first:behind])
        starts[first:behind] = [start]
        ends[first:behind] = [end]
        self.count += end - start

    def add_all(self, other: "RangeSet") -> None:
        for start, end in zip(other._starts, other._ends):
            self.add(start, end)

    def clear(self) -> None:
        self._starts.clear()
        self._ends.clear()
        self.count = 0

    @property
    def prefix(self) -> int:
        """Every byte below it is in the set."""
        return self._ends[0] if self._starts and self._starts[0] == 0 else 0

    @property
    def end(self) -> int:
        """Where the last range ends."""
        return self._ends[-1] if self._ends else 0

    def first_gap(self) -> Tuple[int, int]:
        """The lowest bytes that are not in the set; the last gap has no end."""
        starts, ends = self._starts, self._ends
        if not starts or starts[0] > 0:
            return 0, starts[0] if starts else END
        return ends[0], starts[1] if len(starts) > 1 else END

    def count_within(self, start: int, end: int) -> int:
        """How many of the bytes from `start` to `end` are in the set."""
        if not self._ends or start >= self._ends[-1]:
            return 0
        first = bisect_right(self._ends, start)
        behind = bisect_left(self._starts, end)
        return sum(min(end, self._ends[i]) - max(start, self._starts[i]) for i in range(first, behind))
