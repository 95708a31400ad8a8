import { RangeSet } from '../../src/core/ranges.js';

/** What a server holds of one message, kept as plainly as can be: a byte is there or not. Checks every rule that a sender must keep. */
export class ModelServer {
  #bytes;
  #covered = new RangeSet();
  #limits;
  #size = null;
  #highest = 0;

  isKnown = false;
  outcome = null;

  constructor(maxBytes, limits) {
    this.#bytes = new Uint8Array(maxBytes);
    this.#limits = limits;
  }

  get content() {
    return this.#bytes.subarray(0, this.#size);
  }

  get durable() {
    return this.#covered.prefix;
  }

  get credit() {
    return this.durable + this.#limits.windowBytes;
  }

  open(size) {
    this.isKnown = true;
    this.#setSize(size ?? null);
  }

  chunk(from, bytes, last, size) {
    const to = from + bytes.length;
    this.isKnown = true;
    if (bytes.length > this.#limits.max) {
      throw new Error(`a chunk of ${bytes.length} bytes`);
    }
    if (bytes.length < this.#limits.min && !last) {
      throw new Error(`a chunk of ${bytes.length} bytes that is not the last`);
    }
    this.#setSize(size);
    if (last) {
      this.#setSize(to);
    }
    this.#bytes.set(bytes, from);
    this.#covered.add(from, to);
    this.#highest = Math.max(this.#highest, to);
    if (this.#size !== null && this.durable === this.#size) {
      this.outcome = { state: 'committed', size: this.#size };
    }
  }

  ack() {
    const missing = [];
    for (let at = this.durable; at < this.#highest;) {
      const from = at;
      while (at < this.#highest && this.#covered.countWithin(at, at + 1) === 0) {
        at++;
      }
      if (at > from) {
        missing.push([from, at]);
      }
      while (at < this.#highest && this.#covered.countWithin(at, at + 1) === 1) {
        at++;
      }
    }
    return { durable: this.durable, missing: missing.slice(0, 64), credit: this.credit };
  }

  /** What a node without this message knows of it. */
  forget() {
    this.#covered.clear();
    this.#size = null;
    this.#highest = 0;
    this.isKnown = false;
  }

  #setSize(size) {
    if (size !== null && this.#size !== null && size !== this.#size) {
      throw new Error(`sizes ${size} and ${this.#size}`);
    }
    this.#size = size ?? this.#size;
  }
}
