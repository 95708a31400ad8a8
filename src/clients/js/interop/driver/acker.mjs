const FRAME_BYTES = 65_536;
const HEADER_BYTES = 48;
const WINDOW_BYTES = 8 << 20;
const ACK_EVERY_BYTES = 1 << 20;

/** The server's side of a sender's conversation, for a sender that sends in order: everything is taken as durable at once. */
export class Acker {
  #tell;
  #id = null;
  #end = 0;
  #acked = 0;

  constructor(tell) {
    this.#tell = tell;
    const limits = {
      frameBytes: FRAME_BYTES, chunkBytes: FRAME_BYTES - HEADER_BYTES, minChunkBytes: 1_024, messageBytes: 2 ** 40, openMessages: 1_024,
      windowBytes: WINDOW_BYTES, idleSeconds: 60, messageSeconds: 3_600, retentionSeconds: 3_600,
    };
    tell({ type: 'welcome', protocol: 'reassembly.v1', connection: 'c-1', node: 'discard', durability: 'memory', limits });
  }

  onText(text) {
    const { type, id } = JSON.parse(text);
    if (type === 'open' || type === 'status') {
      this.#id = id;
      this.#ack();
    }
  }

  /** @param {Buffer} header The first 48 bytes of a chunk. */
  onChunk(header) {
    this.#end = Number(header.readBigUInt64BE(24)) + header.readUInt32BE(40);
    if ((header[2] & 1) === 1) {
      this.#tell({ type: 'outcome', id: this.#id, state: 'committed', size: this.#end });
    } else if (this.#end - this.#acked >= ACK_EVERY_BYTES) {
      this.#acked = this.#end;
      this.#ack();
    }
  }

  #ack() {
    this.#tell({ type: 'ack', id: this.#id, durable: this.#acked, missing: [], credit: this.#acked + WINDOW_BYTES });
  }
}
