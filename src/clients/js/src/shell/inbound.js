import { ReassemblyError } from '../core/errors.js';
import { Delivery } from '../core/delivery.js';

/**
 * A message that a receiver has in hand, or lost: the bytes that have come and were not taken. Its states: `in-hand` (over `link`),
 * `waiting` (its connection is lost, and the server will deliver it again), `completed`, `given-back`, `lost`.
 */
export class Inbound {
  #delivery;
  #pieces = [];
  #readers = [];

  state = 'in-hand';
  link;
  /** Bytes that have come and were not taken. */
  bufferedBytes = 0;
  /** Why it was lost. */
  reason = null;
  /** Called when bytes were taken. */
  onTaken = () => {};

  constructor(message, link) {
    this.#delivery = new Delivery(message);
    this.link = link;
  }

  get message() {
    return this.#delivery.message;
  }

  get isWhole() {
    return this.#delivery.isWhole;
  }

  get sawLast() {
    return this.#delivery.sawLast;
  }

  /** Whether somebody waits for bytes that have not come. */
  get isAwaited() {
    return this.#readers.length > 0;
  }

  /** Takes a chunk. */
  take(frame) {
    const fresh = this.#delivery.take(frame);
    if (fresh.length > 0) {
      this.#pieces.push(fresh);
      this.bufferedBytes += fresh.length;
    }
    this.#wake();
  }

  /** Whether it waits for this delivery. */
  isContinuedBy(message) {
    return this.state === 'waiting' && this.#delivery.isSame(message);
  }

  continueWith(message, link) {
    this.#delivery.restart(message);
    this.link = link;
    this.state = 'in-hand';
  }

  /** The connection is gone; the server will deliver it again. */
  wait() {
    this.link = null;
    this.state = 'waiting';
  }

  /** It is no longer this receiver's: what has not come will not come. */
  lose(reason) {
    this.state = 'lost';
    this.reason = reason;
    this.link = null;
    this.#wake();
  }

  /** The receiver's answer. */
  answer(state) {
    this.state = state;
    if (state === 'given-back') {
      this.#drop();
    }
    this.#wake();
  }

  /**
   * The next bytes, or null at the end of the message. Several may wait: decompression reads ahead while `complete` reads the rest.
   * @throws {ReassemblyError} `MESSAGE_LOST`
   */
  async read() {
    for (;;) {
      if (this.state === 'lost' || this.state === 'given-back') {
        this.#drop();
        throw this.lost();
      }
      const piece = this.#pieces.shift();
      if (piece) {
        this.bufferedBytes -= piece.length;
        this.onTaken();
        return piece;
      }
      if (this.isWhole) {
        return null;
      }
      await new Promise((resolve) => {
        this.#readers.push(resolve);
      });
    }
  }

  lost() {
    const { id } = this.message;
    return new ReassemblyError('MESSAGE_LOST', `message ${id} is no longer in hand: ${this.reason ?? 'it was given back'}`, { id });
  }

  #drop() {
    this.#pieces = [];
    this.bufferedBytes = 0;
    this.onTaken();
  }

  #wake() {
    for (const resolve of this.#readers.splice(0)) {
      resolve();
    }
  }
}
