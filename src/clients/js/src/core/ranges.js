/** A set of bytes as ranges `[from, to)`: ascending, apart from each other. */
export class RangeSet {
  #ranges = [];
  #bytes = 0;

  /** How many bytes are in it. */
  get bytes() {
    return this.#bytes;
  }

  /** Every byte below it is in the set. */
  get prefix() {
    return this.#ranges[0]?.[0] === 0 ? this.#ranges[0][1] : 0;
  }

  /** No byte from here on is in the set. */
  get end() {
    return this.#ranges.at(-1)?.[1] ?? 0;
  }

  clear() {
    this.#ranges = [];
    this.#bytes = 0;
  }

  add(from, to) {
    if (from >= to) {
      return;
    }
    const ranges = this.#ranges;
    const last = ranges.at(-1);
    if (last && from >= last[0] && from <= last[1]) {
      this.#bytes += Math.max(0, to - last[1]);
      last[1] = Math.max(last[1], to);
      return;
    }

    const first = ranges.findIndex((range) => range[1] >= from);
    const at = first < 0 ? ranges.length : first;
    let count = 0;
    while (at + count < ranges.length && ranges[at + count][0] <= to) {
      const [otherFrom, otherTo] = ranges[at + count];
      from = Math.min(from, otherFrom);
      to = Math.max(to, otherTo);
      this.#bytes -= otherTo - otherFrom;
      count++;
    }
    ranges.splice(at, count, [from, to]);
    this.#bytes += to - from;
  }

  addAll(other) {
    for (const [from, to] of other.#ranges) {
      this.add(from, to);
    }
  }

  /** Adds what an ack confirms: the bytes below `durable`, and those between two missing ranges. Those above the last may not have come. */
  addDurable({ durable, missing }) {
    this.add(0, durable);
    let from = durable;
    for (const [missingFrom, missingTo] of missing) {
      this.add(from, missingFrom);
      from = Math.max(from, missingTo);
    }
  }

  /** How many bytes of `[from, to)` are in the set. */
  countWithin(from, to) {
    return from >= this.end ? 0 : this.#ranges.reduce((sum, range) => sum + Math.max(0, Math.min(to, range[1]) - Math.max(from, range[0])), 0);
  }

  /** The lowest bytes that are not in the set: up to the next range, or without end. */
  firstGap() {
    const [first, second] = this.#ranges;
    if (!first || first[0] > 0) {
      return [0, first ? first[0] : Infinity];
    }
    return [first[1], second ? second[0] : Infinity];
  }
}
