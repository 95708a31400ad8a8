const READ_BYTES = 1 << 16;

/** Hashes a payload on its way: what is sent in order, and at the end what was never sent from here. */
export class SentDigest {
  #hash;
  #source;
  #end = 0;

  /** @param {{ update(bytes: Uint8Array): void, hex(): string }} hash */
  constructor(hash, source) {
    this.#hash = hash;
    this.#source = source;
  }

  /** Takes bytes that were sent, and where they begin. */
  take(bytes, from) {
    const skip = this.#end - from;
    if (skip >= 0 && skip < bytes.length) {
      this.#hash.update(bytes.subarray(skip));
      this.#end += bytes.length - skip;
    }
  }

  /** The digest of all; null where part of a stream was never sent from here and is gone. */
  async finish(size) {
    if (size === null || this.#end < this.#source.view.oldest) {
      return null;
    }
    const buffer = new Uint8Array(READ_BYTES);
    while (this.#end < size) {
      const part = buffer.subarray(0, Math.min(buffer.length, size - this.#end));
      for (let reading; (reading = this.#source.copyTo(part, 0, this.#end, this.#end + part.length)) !== undefined;) {
        await reading;
      }
      this.#hash.update(part);
      this.#end += part.length;
    }
    return this.#hash.hex();
  }
}
