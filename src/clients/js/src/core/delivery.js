import { UNKNOWN_SIZE } from './frames.js';

/**
 * One message on the receiver's side, over as many deliveries as it takes: which of the bytes that come are new. A delivery brings
 * all bytes in order from the first one on; when another one takes over from a lost one, what was there already is passed over.
 * Throws an Error where the server breaks its word.
 */
export class Delivery {
  #next = 0;
  #received = 0;

  /** What `message` said. */
  message;
  /** Whether the chunk that said `LAST` has come: nothing more of this delivery can be on its way. */
  sawLast = false;

  constructor(message) {
    this.message = message;
  }

  /** Whether all bytes are here. */
  get isWhole() {
    return this.#received === this.message.size;
  }

  /** Whether another `message` brings the same bytes. */
  isSame(message) {
    return message.id === this.message.id && message.size === this.message.size && message.sha256 === this.message.sha256;
  }

  /** Another delivery of it begins. */
  restart(message) {
    this.message = message;
    this.sawLast = false;
    this.#next = 0;
  }

  /** Takes the next chunk. @returns {Uint8Array} Those of its bytes that are new. */
  take({ offset, totalSize, last, payload }) {
    const { id, size } = this.message;
    const from = this.#next;
    const to = from + payload.length;
    const check = (holds, what) => {
      if (!holds) {
        throw new Error(`the server broke the protocol: message ${id}: ${what}`);
      }
    };
    check(totalSize === UNKNOWN_SIZE || totalSize === BigInt(size), `a chunk says ${totalSize} bytes, the message ${size}`);
    check(!this.sawLast, `a chunk at ${offset} follows the last one`);
    check(offset === BigInt(from), `a chunk is at ${offset}, the next one is at ${from}`);
    check(to <= size && (!last || to === size), `a chunk ends at ${to}${last ? ' as the last' : ''}, the message at ${size}`);

    this.#next = to;
    this.sawLast = last;
    const fresh = payload.subarray(Math.max(0, this.#received - from));
    this.#received = Math.max(this.#received, to);
    return fresh;
  }
}
