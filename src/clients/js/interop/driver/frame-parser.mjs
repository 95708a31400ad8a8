/** Enough of a payload to hold the header of a chunk. */
const KEPT_BYTES = 48;

const MASK_BYTES = 4;

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;

/** Frames of a WebSocket client out of TCP segments: only texts, and of binary frames the first 48 bytes, are unmasked. */
export class FrameParser {
  #handler;
  #rest = Buffer.alloc(0);
  #skip = 0;

  /** @param {{ binary(length: number, start: Buffer): void, text(text: string): void, close(): void }} handler */
  constructor(handler) {
    this.#handler = handler;
  }

  push(data) {
    if (this.#skip >= data.length) {
      this.#skip -= data.length;
      return;
    }
    let buffer = data.subarray(this.#skip);
    this.#skip = 0;
    if (this.#rest.length > 0) {
      buffer = Buffer.concat([this.#rest, buffer]);
    }
    while (buffer.length > 0) {
      const taken = this.#takeFrame(buffer);
      if (taken === 0) {
        break;
      }
      this.#skip = Math.max(0, taken - buffer.length);
      buffer = buffer.subarray(Math.min(taken, buffer.length));
    }
    this.#rest = buffer;
  }

  /** @returns {number} Bytes of the frame, more than there are where the rest of it can be passed over; 0 to wait for more. */
  #takeFrame(buffer) {
    const short = buffer[1] & 0x7f;
    const start = MASK_BYTES + (short === 127 ? 10 : short === 126 ? 4 : 2);
    if (buffer.length < start) {
      return 0;
    }
    const length = short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
    return this.#handle(buffer, start, length);
  }

  #handle(buffer, start, length) {
    const opcode = buffer[0] & 0x0f;
    const wanted = opcode === BINARY ? Math.min(length, KEPT_BYTES) : length;
    if (buffer.length < start + wanted) {
      return 0;
    }
    const payload = Buffer.from(buffer.subarray(start, start + wanted));
    for (let i = 0; i < payload.length; i++) {
      payload[i] ^= buffer[start - MASK_BYTES + (i & 3)];
    }
    if (opcode === BINARY) {
      this.#handler.binary(length, payload);
    } else if (opcode === TEXT) {
      this.#handler.text(payload.toString());
    } else if (opcode === CLOSE) {
      this.#handler.close();
    }
    return start + length;
  }
}
