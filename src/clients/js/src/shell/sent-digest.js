const READ_BYTES = 1 << 16;

/** Bytes after which whoever waits has a turn: where there is no native hash this takes a few ten milliseconds. */
const TURN_BYTES = 1 << 22;

/** Hashes a payload on its way: what is read or sent in order, and at the end what was not. */
export class SentDigest {
  #hash;
  #upTo;
  #end = 0;

  /**
   * @param {{ update(bytes: Uint8Array): void, hex(): string }} hash
   * @param {number} upTo A larger payload is not hashed to its end.
   */
  constructor(hash, upTo) {
    this.#hash = hash;
    this.#upTo = upTo;
  }

  /** Takes bytes, and where they begin; what was taken before does not count again. */
  take(bytes, from) {
    const skip = this.#end - from;
    if (skip >= 0 && skip < bytes.length && from + bytes.length <= this.#upTo) {
      this.#hash.update(bytes.subarray(skip));
      this.#end += bytes.length - skip;
    }
  }

  /** The digest of all `size` bytes of the source; null where they are too many. */
  async finish(source, size, signal) {
    if (size > this.#upTo) {
      return null;
    }
    const buffer = new Uint8Array(READ_BYTES);
    for (let turnAt = this.#end + TURN_BYTES; this.#end < size;) {
      const part = buffer.subarray(0, Math.min(buffer.length, size - this.#end));
      for (let reading; (reading = source.copyTo(part, 0, this.#end, this.#end + part.length)) !== undefined;) {
        await reading;
      }
      this.take(part, this.#end);
      if (this.#end >= turnAt) {
        turnAt += TURN_BYTES;
        await new Promise((resolve) => {
          setTimeout(resolve);
        });
        signal?.throwIfAborted();
      }
    }
    return this.#hash.hex();
  }
}
