"""How a gap becomes the next piece to send."""

from __future__ import annotations

from typing import Optional, Tuple

from .ranges import END


def cut(
    gap: Tuple[int, int], reach: int, oldest: int, size: Optional[int], smallest: int, largest: int, may_wait: bool
) -> Optional[Tuple[int, int]]:
    """Cuts the next piece out of `gap`, or returns None when there is none to send now.

    No piece is smaller than `smallest` unless it ends the message: one leaves its successor enough, and where the gap itself is too
    small, the piece grows over its neighbours; the same bytes twice do no harm.

    reach: bytes at or above it may not be sent yet (credit, or the source has no more for now).
    oldest: the lowest byte that the source can still give.
    size: of the message, once known.
    may_wait: the reach will grow by itself, so that a short piece in front of it can wait to become a full one.
    """
    message_end = END if size is None else size
    gap_end = min(gap[1], message_end)
    reach = min(reach, message_end)
    start = gap[0]
    if start >= reach or start >= gap_end:
        return None
    full = start + largest
    end = min(full, gap_end, reach)
    if may_wait and end == reach and end < full and end < gap_end:
        return None
    rest = gap_end - end
    if gap_end != message_end and 0 < rest < smallest and gap_end - smallest - start >= smallest:
        end = gap_end - smallest
    if end - start < smallest and end != message_end:
        end = max(end, min(start + smallest, reach))
    if end - start < smallest and end != message_end:
        start = max(oldest, end - smallest)
    return (start, end) if end - start >= smallest or end == message_end else None
