import { ReassemblyError } from '../core/errors.js';
import { remember } from '../core/ids.js';
import { withDefaults } from '../options.js';
import { Keeper } from './keeper.js';
import { ReceivedMessage } from './received.js';
import { SubscriptionLink } from './subscription-link.js';

const subscribeDefaults = {
  /** Messages that may be in hand at once; with more than one, read their bodies at the same time. */
  inFlight: 1,
  /** Whether a payload that was compressed before it was sent is decompressed in `body`. */
  decompress: true,
  /** The most bytes that decompression of one payload may make. */
  maxDecompressedBytes: 2 ** 30,
  /** Bytes of one message that are kept ahead of its reader, where the WebSocket can be paused (`ws`). */
  bufferBytes: 1 << 20,
  /** How long a full buffer that nobody reads may hold up others. */
  stallTimeoutMs: 30_000,
  /** How long a message whose connection was lost may take to be delivered again to go on where it was. */
  redeliveryTimeoutMs: 15_000,
  signal: undefined,
};

/**
 * One enumeration of a channel's messages, over a connection of its own, so that a slow receiver holds up no send. It subscribes anew
 * on every connection. A message that is being read when its connection is lost goes on when the server delivers it again; one that was
 * completed meanwhile is answered without being shown again.
 */
export class Subscription {
  #platform;
  #options;
  #channel;
  #subscribe;
  #keeper;
  #onClosed;
  #links = new Map();
  /** In hand and not shown yet. */
  #queue = [];
  #shown = null;
  #waiting = new Set();
  #completed = new Set();
  #takers = [];
  #isStarted = false;
  #giveUp = null;
  #failure = null;
  #isEnding = false;
  #closing = null;
  #cancel = () => this.close();

  constructor({ platform, urls, options, channel, subscribe, onClosed }) {
    this.#platform = platform;
    this.#options = options;
    this.#channel = channel;
    this.#subscribe = withDefaults(subscribe, subscribeDefaults);
    this.#onClosed = onClosed;
    this.#keeper = new Keeper(platform, urls, options, {
      onMessage: (connection, message) => this.#onMessage(connection, message),
      onFrame: (connection, frame) => this.#links.get(connection)?.takeFrame(frame),
      onEnd: (connection) => this.#onEnd(connection),
      onChange: () => this.#onChange(),
    });
    this.#subscribe.signal?.addEventListener('abort', this.#cancel);
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** The next message. With one in flight, one that was shown before and not answered goes back first. */
  async next() {
    if (this.#subscribe.inFlight === 1 && this.#shown?.isAnswered === false) {
      this.#shown.retry();
    }
    for (;;) {
      this.#subscribe.signal?.throwIfAborted();
      if (this.#failure !== null) {
        await this.close();
        throw this.#failure;
      }
      if (this.#isEnding) {
        return { done: true, value: undefined };
      }
      this.#start();
      const inbound = this.#queue.shift();
      if (inbound) {
        return { done: false, value: this.#show(inbound) };
      }
      await new Promise((resolve) => {
        this.#takers.push(resolve);
      });
    }
  }

  /** Ends it: what is in hand goes back. `for await` calls it when its loop is left. */
  async return() {
    await this.close();
    return { done: true, value: undefined };
  }

  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close() {
    this.#isEnding = true;
    clearTimeout(this.#giveUp);
    this.#subscribe.signal?.removeEventListener('abort', this.#cancel);
    for (const [connection, link] of this.#links) {
      for (const inbound of link.end()) {
        connection.tell({ type: 'retry', id: inbound.message.id });
        inbound.lose('receiving has ended');
      }
    }
    this.#links.clear();
    this.#loseWaiting('receiving has ended');
    this.#keeper.release(this);
    this.#wake();
    await this.#keeper.close();
    this.#onClosed();
  }

  #start() {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#keeper.acquire(this);
      this.#onChange();
    }
  }

  #show(inbound) {
    this.#shown = new ReceivedMessage(inbound, this.#platform, this.#subscribe, {
      complete: (completed) => this.#answer(completed, 'completed', { type: 'delivered', id: completed.message.id }),
      giveBack: (returned, afterMs) => this.#answer(returned, 'given-back', { type: 'retry', id: returned.message.id, afterMs }),
    });
    return this.#shown;
  }

  #answer(inbound, state, message) {
    if (state === 'completed') {
      remember(this.#completed, inbound.message.id);
    }
    this.#waiting.delete(inbound);
    if (inbound.link !== null) {
      inbound.link.answer(inbound, state, message);
    } else {
      // Its connection is lost: the answer follows when it is delivered again.
      inbound.answer(state);
    }
  }

  #onChange() {
    const { current } = this.#keeper;
    if (this.#isEnding) {
      return;
    }
    if (current === null) {
      this.#onNoConnection();
    } else if (!this.#links.has(current)) {
      clearTimeout(this.#giveUp);
      this.#giveUp = null;
      this.#links.set(current, new SubscriptionLink(current, this.#subscribe, {
        resume: (message) => this.#takeWaiting(message),
        begin: (inbound) => this.#offer(inbound),
        isKnown: (id) => this.#completed.has(id),
        isHeldUp: () => this.#takers.length > 0,
        drop: (inbound) => this.#unqueue(inbound),
      }));
      current.tell({ type: 'subscribe', channel: this.#channel, inFlight: this.#subscribe.inFlight });
    }
  }

  #onNoConnection() {
    try {
      this.#keeper.throwIfClosed();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#giveUp ??= setTimeout(() => this.#fail(this.#keeper.gaveUp()), this.#options.giveUpAfterMs);
  }

  #onMessage(connection, message) {
    const link = this.#links.get(connection);
    if (message.type === 'message') {
      link?.begin(message);
    } else if (message.type === 'error' && message.id !== undefined) {
      link?.takeError(message);
    } else if (message.type === 'error' && !message.retryable) {
      this.#fail(new ReassemblyError(message.code, `channel ${this.#channel}: ${message.message}`, message));
    }
  }

  #onEnd(connection) {
    const link = this.#links.get(connection);
    this.#links.delete(connection);
    for (const inbound of link?.end() ?? []) {
      if (!this.#unqueue(inbound)) {
        this.#wait(inbound);
      }
    }
  }

  #wait(inbound) {
    inbound.wait();
    this.#waiting.add(inbound);
    const timer = setTimeout(() => {
      if (inbound.state === 'waiting' && !inbound.isWhole) {
        this.#lose(inbound, 'its connection was lost, and it was not delivered again in time');
      }
    }, this.#subscribe.redeliveryTimeoutMs);
    timer.unref?.();
  }

  #takeWaiting(message) {
    const found = [...this.#waiting].find((inbound) => inbound.isContinuedBy(message));
    this.#waiting.delete(found);
    return found;
  }

  #offer(inbound) {
    this.#queue.push(inbound);
    if (inbound.link.inHand >= this.#subscribe.inFlight) {
      // No room is left for what was in hand before: whoever reads that would wait for ever.
      this.#loseWaiting('its connection was lost, and another message came in its place');
    }
    this.#wake();
  }

  #loseWaiting(reason) {
    for (const inbound of this.#waiting) {
      if (!inbound.isWhole) {
        this.#lose(inbound, reason);
      }
    }
  }

  #lose(inbound, reason) {
    this.#waiting.delete(inbound);
    inbound.lose(reason);
  }

  #unqueue(inbound) {
    const at = this.#queue.indexOf(inbound);
    if (at >= 0) {
      this.#queue.splice(at, 1);
    }
    return at >= 0;
  }

  #fail(error) {
    this.#failure ??= error;
    this.#wake();
  }

  #wake() {
    for (const resolve of this.#takers.splice(0)) {
      resolve();
    }
  }
}
