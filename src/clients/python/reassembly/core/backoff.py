"""Waits between attempts: random, each up to twice as long as the one before."""

from __future__ import annotations

import random


class Backoff:
    def __init__(self, base: float, cap: float) -> None:
        self._base = base
        self._cap = cap
        self._attempt = 0

    def next(self) -> float:
        """Seconds to wait now."""
        longest = min(self._cap, self._base * 2 ** min(self._attempt, 30))
        self._attempt += 1
        return random.uniform(0, longest)

    def reset(self) -> None:
        self._attempt = 0
