import { readFrame } from '../core/frames.js';
import { remember } from '../core/ids.js';
import { Inbound } from './inbound.js';

/**
 * A subscription over one connection: which messages are in hand there, and whose chunk a frame is. What the server may not do ends the
 * connection.
 *
 * Messages in flight share the socket. Where it can be paused, it is while the buffer of one of them is full, and the server waits. Two
 * of them cannot wait for each other for ever: when somebody waits for what is behind a full buffer that nobody has read from for the
 * stall time, that message goes back to the server.
 */
export class SubscriptionLink {
  #connection;
  #subscribe;
  #hooks;
  #inHand = new Map();
  /** Answered before their last chunk came: the rest may be on its way and means nothing. */
  #trailing = new Set();
  #stall = null;

  /**
   * @param {object} hooks `resume(message, link)` gives the message that is continued by this delivery, if there is one; `begin(inbound)`
   *   offers a new one; `isKnown(id)`: completed before; `isHeldUp()`: somebody waits for the next message; `drop(inbound)`: it is lost.
   */
  constructor(connection, subscribe, hooks) {
    this.#connection = connection;
    this.#subscribe = subscribe;
    this.#hooks = hooks;
  }

  get inHand() {
    return this.#inHand.size;
  }

  begin(message) {
    const overtaken = this.#inHand.get(message.id) ?? (this.#inHand.size >= this.#subscribe.inFlight ? [...this.#inHand.values()][0] : undefined);
    if (overtaken) {
      // The server has ended a delivery that it begins again and, when it begins more than were asked for, the oldest one.
      this.#lose(overtaken, 'the server has ended this delivery, since no answer came in time');
    }
    this.#trailing.delete(message.id);
    if (this.#hooks.isKnown(message.id)) {
      // It was completed over a connection that was lost before the server heard of it.
      remember(this.#trailing, message.id);
      this.#connection.tell({ type: 'delivered', id: message.id });
      return;
    }

    const waiting = this.#hooks.resume(message);
    const inbound = waiting ?? new Inbound(message, this);
    waiting?.continueWith(message, this);
    inbound.onTaken = () => this.#flow();
    this.#inHand.set(message.id, inbound);
    if (!waiting) {
      this.#hooks.begin(inbound);
    }
  }

  takeFrame(bytes) {
    let frame;
    try {
      frame = readFrame(bytes);
      const inbound = this.#inHand.get(frame.id);
      if (inbound) {
        inbound.take(frame);
        this.#connection.hasServed ||= inbound.sawLast;
        this.#flow();
      } else if (this.#trailing.has(frame.id)) {
        if (frame.last) {
          this.#trailing.delete(frame.id);
        }
      } else {
        throw new Error(`the server broke the protocol: a chunk of message ${frame.id}, which it did not begin here`);
      }
    } catch (error) {
      this.#connection.end(error.message);
    }
  }

  /** The server says that something is wrong with a message. */
  takeError({ id, message }) {
    const inbound = this.#inHand.get(id);
    if (inbound) {
      this.#lose(inbound, message);
    }
  }

  /** The connection is gone. @returns {Inbound[]} What was in hand. */
  end() {
    clearTimeout(this.#stall);
    const left = [...this.#inHand.values()];
    this.#inHand.clear();
    return left;
  }

  /** The receiver's answer to a message of this link. */
  answer(inbound, state, message) {
    this.#forget(inbound);
    inbound.answer(state);
    this.#connection.tell(message);
    this.#flow();
  }

  #lose(inbound, reason) {
    this.#forget(inbound);
    inbound.lose(reason);
    this.#hooks.drop(inbound);
    this.#flow();
  }

  #forget(inbound) {
    this.#inHand.delete(inbound.message.id);
    if (!inbound.sawLast) {
      remember(this.#trailing, inbound.message.id);
    }
  }

  #flow() {
    if (!this.#connection.canPause || this.#connection.isClosed) {
      return;
    }
    const full = [...this.#inHand.values()].find((inbound) => inbound.bufferedBytes > this.#subscribe.bufferBytes);
    if (full && !this.#connection.isPaused) {
      this.#connection.pause();
      this.#watch(full, full.bufferedBytes);
    } else if (this.#connection.isPaused && ![...this.#inHand.values()].some((inbound) => inbound.bufferedBytes > this.#subscribe.bufferBytes / 2)) {
      clearTimeout(this.#stall);
      this.#connection.resume();
    }
  }

  #watch(full, buffered) {
    this.#stall = setTimeout(() => {
      const isUnread = full.state === 'in-hand' && full.bufferedBytes === buffered;
      if (isUnread && this.#isAnyoneHeldUpBy(full)) {
        const seconds = this.#subscribe.stallTimeoutMs / 1000;
        this.#lose(full, `nobody read it for ${seconds} s while others waited behind it, so it was given back`);
        this.#connection.tell({ type: 'retry', id: full.message.id });
      } else if (this.#connection.isPaused) {
        this.#watch(full, full.bufferedBytes);
      }
    }, this.#subscribe.stallTimeoutMs);
    this.#stall.unref?.();
  }

  #isAnyoneHeldUpBy(full) {
    return (this.#hooks.isHeldUp() && this.#inHand.size < this.#subscribe.inFlight)
      || [...this.#inHand.values()].some((inbound) => inbound !== full && inbound.isAwaited);
  }
}
