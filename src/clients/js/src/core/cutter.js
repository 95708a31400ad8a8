/**
 * Cuts the next piece out of a gap. No piece is smaller than the server's minimum unless it ends the message: it leaves its successor
 * at least the minimum, and where the gap itself is smaller, it grows over its neighbours, whose bytes do no harm when they come twice.
 *
 * @param {[number, number]} gap The lowest bytes to send; without end above the highest byte sent.
 * @param {number} reach Bytes from it on may not be sent yet: credit, or the source has no more for now.
 * @param {number} oldest The lowest byte that the source can still give.
 * @param {number | null} size Of the message, once known.
 * @param {{ min: number, max: number }} limits Bytes of one chunk.
 * @param {boolean} mayWait Whether the reach will grow by itself, so that a short piece in front of it can become a full one.
 * @returns {[number, number] | null} The piece, or null where there is none to send now.
 */
export function cut(gap, reach, oldest, size, { min, max }, mayWait) {
  const messageEnd = size ?? Infinity;
  const gapEnd = Math.min(gap[1], messageEnd);
  const within = Math.min(reach, messageEnd);
  let start = gap[0];
  if (start >= within || start >= gapEnd) {
    return null;
  }

  let end = Math.min(start + max, gapEnd, within);
  if (mayWait && end === within && end < start + max && end < gapEnd) {
    return null;
  }

  const rest = gapEnd - end;
  if (gapEnd !== messageEnd && rest > 0 && rest < min && gapEnd - min - start >= min) {
    end = gapEnd - min;
  }
  const isEnough = () => end - start >= min || end === messageEnd;
  if (!isEnough()) {
    end = Math.max(end, Math.min(start + min, within));
  }
  if (!isEnough()) {
    start = Math.max(oldest, end - min);
  }
  return isEnough() ? [start, end] : null;
}
