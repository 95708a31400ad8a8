import { ReassemblyError } from '../core/errors.js';
import { asBytes, blobAccess, bytesOfPiece, isBlob, isRandomAccess, iterate } from './pieces.js';

/*
 * The bytes of one message. `view` says what can be read right now; `copyTo(target, at, from, to)` puts bytes there or, where they have
 * to be read first, returns a promise after which to try again; `release(below)` says that bytes are durable and may be forgotten.
 */

const BLOCK_BYTES = 1 << 20;

/**
 * @param {unknown} payload
 * @param {object} options For a stream.
 * @param {number | null} options.size
 * @param {number} options.windowBytes
 * @param {() => void} options.changed
 * @param {(bytes: Uint8Array, from: number) => void} options.read Sees all bytes in order, those that are skipped too.
 */
export function openSource(payload, options) {
  const bytes = asBytes(payload);
  if (bytes) {
    return new BytesSource(bytes);
  }
  if (isBlob(payload)) {
    return new BlockSource(blobAccess(payload));
  }
  if (isRandomAccess(payload)) {
    return new BlockSource(payload);
  }
  const iterator = iterate(payload);
  if (!iterator) {
    throw new TypeError('a payload is a Blob, a buffer, a text, a stream, an iterable of bytes, or { size, read(from, to) }');
  }
  return new WindowSource(iterator, options);
}

/** Bytes in memory; whoever sends them leaves them as they are until the end. */
class BytesSource {
  #bytes;

  constructor(bytes) {
    this.#bytes = bytes;
    this.view = { oldest: 0, available: bytes.length, size: bytes.length };
  }

  copyTo(target, at, from, to) {
    target.set(this.#bytes.subarray(from, to), at);
  }

  release() {}

  close() {}
}

/** A Blob or a file: read in blocks, the next one while the current one is sent. What may be read into a buffer gets the same few again. */
class BlockSource {
  #access;
  #blocks = new Map();
  #spares = [];

  constructor(access) {
    this.#access = access;
    this.view = { oldest: 0, available: access.size, size: access.size };
  }

  copyTo(target, at, from, to) {
    const first = Math.floor(from / BLOCK_BYTES);
    const last = Math.max(first, Math.ceil(to / BLOCK_BYTES) - 1);
    for (const [index, block] of this.#blocks) {
      if (index < first || index > last + 1) {
        this.#blocks.delete(index);
        if (block.length === BLOCK_BYTES && this.#access.read.length > 2) {
          this.#spares.push(block);
        }
      }
    }
    this.#load(last + 1);
    for (let index = first; index <= last; index++) {
      const block = this.#load(index);
      if (block instanceof Promise) {
        return block;
      }
      const start = index * BLOCK_BYTES;
      target.set(block.subarray(Math.max(0, from - start), to - start), at + Math.max(0, start - from));
    }
    return undefined;
  }

  release() {}

  close() {
    this.#blocks.clear();
  }

  #load(index) {
    const from = index * BLOCK_BYTES;
    const to = Math.min(from + BLOCK_BYTES, this.#access.size);
    if (from >= to) {
      return new Uint8Array(0);
    }
    if (!this.#blocks.has(index)) {
      const reading = this.#read(index, from, to);
      // Whoever needs this block hears of the fault; one that was read ahead may never be needed.
      reading.catch(() => {});
      this.#blocks.set(index, reading);
    }
    return this.#blocks.get(index);
  }

  async #read(index, from, to) {
    const bytes = await this.#access.read(from, to, this.#spares.pop());
    if (bytes.length !== to - from) {
      throw new ReassemblyError('PAYLOAD_MISMATCH', `the payload ended at byte ${from + bytes.length} of ${this.#access.size}`);
    }
    if (this.#blocks.has(index)) {
      this.#blocks.set(index, bytes);
    }
  }
}

/**
 * Bytes that come only once. They are read ahead into a window that keeps what is not durable yet, so that memory is bounded however
 * long the payload is (a single piece of a stream may be larger than the window; then it is held alone). Bytes that are durable before
 * they were read (a send that goes on where another process stopped) are skipped.
 */
class WindowSource {
  #iterator;
  #options;
  #pieces = [];
  #released = 0;
  #available = 0;
  #isOver = false;
  #fault = null;
  #hasRoom = () => {};

  constructor(iterator, options) {
    this.#iterator = iterator;
    this.#options = options;
    this.#pump();
  }

  get view() {
    if (this.#fault) {
      throw this.#fault;
    }
    const isRead = this.#isOver ? this.#available : null;
    return { oldest: Math.min(this.#released, this.#available), available: this.#available, size: this.#options.size ?? isRead };
  }

  copyTo(target, at, from, to) {
    for (const { start, bytes } of this.#pieces) {
      if (start >= to) {
        return;
      }
      if (start + bytes.length > from) {
        target.set(bytes.subarray(Math.max(0, from - start), to - start), at + Math.max(0, start - from));
      }
    }
  }

  release(below) {
    this.#released = Math.max(this.#released, below);
    this.#drop();
    this.#hasRoom();
  }

  close() {
    const isOver = this.#isOver || this.#fault;
    this.#fault ??= new ReassemblyError('CLOSED', 'the send is over');
    this.#pieces = [];
    this.#hasRoom();
    if (!isOver) {
      // Not awaited: a generator that waits for something else would hold up a send that is over.
      Promise.resolve(this.#iterator.return?.()).catch(() => {});
    }
  }

  async #pump() {
    try {
      while (!this.#isOver && !this.#fault) {
        if (this.#available - this.#released >= this.#options.windowBytes) {
          await new Promise((resolve) => {
            this.#hasRoom = resolve;
          });
          continue;
        }
        const { done, value } = await this.#iterator.next();
        this.#take(done, value);
        this.#options.changed();
      }
    } catch (error) {
      this.#fault ??= error;
      this.#options.changed();
    }
  }

  #take(isOver, value) {
    const announced = this.#options.size;
    if (!isOver) {
      const bytes = bytesOfPiece(value);
      this.#options.read(bytes, this.#available);
      this.#pieces.push({ start: this.#available, bytes });
      this.#available += bytes.length;
      this.#drop();
    }
    if (announced !== null && (isOver ? this.#available !== announced : this.#available > announced)) {
      throw new ReassemblyError('PAYLOAD_MISMATCH', `the stream has ${isOver ? '' : 'at least '}${this.#available} bytes, ${announced} were announced`);
    }
    this.#isOver = isOver === true;
  }

  #drop() {
    while (this.#pieces.length > 0 && this.#pieces[0].start + this.#pieces[0].bytes.length <= this.#released) {
      this.#pieces.shift();
    }
  }
}
