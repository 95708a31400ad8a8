import { ReassemblyError } from '../core/errors.js';

/**
 * A message in hand. It is this receiver's until it is completed, given back or lost. A message may come more than once: `id` is the
 * key to recognise a repeat by.
 */
export class ReceivedMessage {
  #inbound;
  #hooks;
  #digest;
  #actual = null;
  #isVerified = false;

  /** The payload, read once, while it arrives. What was read counts only once the end was reached, since the digest comes last. */
  body;

  /** @param {{ complete(inbound: object): void, giveBack(inbound: object, afterMs?: number): void }} hooks */
  constructor(inbound, platform, { decompress, maxDecompressedBytes }, hooks) {
    this.#inbound = inbound;
    this.#hooks = hooks;
    this.#digest = platform.newDigest();
    const encoding = inbound.message.contentEncoding;
    this.isDecompressed = decompress && platform.decompressions.includes(encoding);
    const pieces = this.isDecompressed ? this.#plain(platform.decompress(this.#pieces(), encoding), maxDecompressedBytes) : this.#pieces();
    this.body = asStream(pieces);
  }

  get id() {
    return this.#inbound.message.id;
  }

  get channel() {
    return this.#inbound.message.channel;
  }

  /** Bytes of the payload as it was sent, so before any decompression. */
  get size() {
    return this.#inbound.message.size;
  }

  /** SHA-256 of those bytes. */
  get sha256() {
    return this.#inbound.message.sha256;
  }

  get contentType() {
    return this.#inbound.message.contentType;
  }

  /** `identity`, `gzip` or `br`: how it was compressed before it was sent. */
  get contentEncoding() {
    return this.#inbound.message.contentEncoding ?? 'identity';
  }

  get headers() {
    return this.#inbound.message.headers ?? {};
  }

  /** 1 for the first delivery, then 2, … */
  get attempt() {
    return this.#inbound.message.attempt;
  }

  get isAnswered() {
    return this.#inbound.state === 'completed' || this.#inbound.state === 'given-back' || this.#inbound.state === 'lost';
  }

  /** The whole body in memory. */
  async bytes() {
    return new Uint8Array(await new Response(this.body).arrayBuffer());
  }

  async text() {
    return new Response(this.body).text();
  }

  /** Tells the server that this receiver has the message. Reads and checks first what was not read. Again, it does nothing. */
  async complete() {
    if (this.#inbound.state === 'completed') {
      return;
    }
    if (this.#inbound.state === 'given-back') {
      throw new ReassemblyError('MESSAGE_LOST', `message ${this.id} was given back`, { id: this.id });
    }
    while (await this.#read() !== null) {
      // Thrown away: nobody wanted it.
    }
    if (this.#inbound.state === 'lost') {
      throw this.#inbound.lost();
    }
    this.#hooks.complete(this.#inbound);
  }

  /** Gives the message back: it will be delivered again, here or elsewhere, `afterMs` at the earliest. */
  retry(afterMs) {
    if (this.#inbound.state === 'completed') {
      throw new ReassemblyError('MESSAGE_LOST', `message ${this.id} was completed`, { id: this.id });
    }
    if (!this.isAnswered) {
      this.#hooks.giveBack(this.#inbound, afterMs === undefined ? undefined : Math.ceil(afterMs));
    }
  }

  /** The next bytes as they were sent, or null at the end, once it is sure that they are the right ones. */
  async #read() {
    if (this.#isVerified) {
      return null;
    }
    const piece = await this.#inbound.read();
    if (piece !== null) {
      this.#digest.update(piece);
      return piece;
    }
    const { id, sha256 } = this.#inbound.message;
    this.#actual ??= this.#digest.hex();
    if (this.#actual !== sha256) {
      throw new ReassemblyError('PAYLOAD_MISMATCH', `message ${id} has SHA-256 ${this.#actual}, ${sha256} was announced`, { id });
    }
    this.#isVerified = true;
    return null;
  }

  async* #pieces() {
    for (let piece = await this.#read(); piece !== null; piece = await this.#read()) {
      yield piece;
    }
  }

  async* #plain(pieces, maxBytes) {
    let bytes = 0;
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > maxBytes) {
        throw new ReassemblyError('DECOMPRESSED_TOO_BIG', `message ${this.id} unpacks to more than ${maxBytes} bytes`, { id: this.id });
      }
      yield piece;
    }
  }
}

/** A ReadableStream that reads only when somebody wants bytes, iterable also where the platform's is not. */
function asStream(pieces) {
  const stream = new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) {
        controller.close();
      } else {
        controller.enqueue(value);
      }
    },
    async cancel() {
      await pieces.return();
    },
  }, { highWaterMark: 0 });
  if (!(Symbol.asyncIterator in stream)) {
    stream[Symbol.asyncIterator] = async function* iterate() {
      const reader = stream.getReader();
      try {
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          yield read.value;
        }
      } finally {
        reader.cancel().catch(() => {});
      }
    };
  }
  return stream;
}
