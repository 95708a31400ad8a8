import { Backoff } from '../core/backoff.js';
import { ReassemblyError } from '../core/errors.js';
import { HEADER_BYTES } from '../core/frames.js';
import { Connection } from './connection.js';

/**
 * Keeps one usable connection while somebody needs one, round robin over all addresses. A lost one is replaced after a random wait. One
 * that says `goaway` stays current until its successor has heard `welcome`; then it is left open for the acks of what is on its way,
 * until its server closes it or its grace time is over.
 */
export class Keeper {
  #platform;
  #urls;
  #options;
  #listener;
  #backoff;
  #current = null;
  #leaving = new Set();
  #users = new Set();
  #nextUrl = 0;
  #isConnecting = false;
  #everConnected = false;
  #refusals = 0;
  #isClosed = false;
  #pause = null;
  /** The largest frame, header included, that gets through all hops as far as is known. */
  #frameBytesCap = Infinity;

  /** Why there was no connection the last time it was tried. */
  lastFailure = null;

  /** @param {object} listener As for a connection; `onChange()` besides: there is another connection, or another failure. */
  constructor(platform, urls, options, listener) {
    this.#platform = platform;
    this.#urls = urls;
    this.#options = options;
    this.#listener = listener;
    this.#backoff = new Backoff(options.backoffBaseMs, options.backoffCapMs);
  }

  /** The connection to use for whatever comes next; null while there is none. */
  get current() {
    return this.#current?.isClosed === false ? this.#current : null;
  }

  /** How many share it. */
  get users() {
    return this.#users.size;
  }

  /** From now on a connection is wanted. */
  acquire(user) {
    if (this.#users.size === 0) {
      this.#refusals = 0;
    }
    this.throwIfClosed();
    this.#users.add(user);
    this.#connect();
  }

  release(user) {
    this.#users.delete(user);
  }

  throwIfClosed() {
    if (this.#isClosed) {
      throw new ReassemblyError('CLOSED', 'the client is closed');
    }
    if (!this.#everConnected && this.#refusals >= this.#urls.length) {
      throw this.lastFailure;
    }
  }

  /** What to say to those who have waited for a connection long enough. */
  gaveUp() {
    const cause = this.lastFailure;
    return new ReassemblyError(
      'CONNECTION_FAILED', `gave up after ${this.#options.giveUpAfterMs / 1000} s without a connection: ${cause?.message ?? 'none could be made'}`, { cause });
  }

  /** What a connection takes of one message. */
  linkOf({ limits }) {
    const largest = Math.min(limits.chunkBytes, this.#frameBytesCap - HEADER_BYTES, this.#options.chunkBytes);
    const min = Math.max(1, limits.minChunkBytes);
    return { min, max: Math.max(min, Math.floor(largest)), windowBytes: limits.windowBytes, idleMs: limits.idleSeconds * 1000 };
  }

  /** A hop refused a frame as too big: smaller ones from now on, as small as it says, or half. @returns Whether there are smaller ones. */
  narrow(connection, limit) {
    const before = this.linkOf(connection).max;
    const largest = connection.largestFrame;
    const max = limit?.max ?? 0;
    this.#lowerFrameBytesCap(max > HEADER_BYTES && max < largest ? max : Math.floor(largest / 2));
    return this.linkOf(connection).max < before || largest > before + HEADER_BYTES;
  }

  async close() {
    this.#isClosed = true;
    this.#pause?.();
    this.#listener.onChange();
    const connections = [...this.#leaving, this.#current].filter(Boolean);
    await Promise.all(connections.map((connection) => connection.close(this.#options.abortTimeoutMs)));
  }

  get #isWanted() {
    return !this.#isClosed && this.#users.size > 0 && (this.current === null || this.#current.goAway !== null);
  }

  async #connect() {
    if (this.#isConnecting) {
      return;
    }
    this.#isConnecting = true;
    this.#refusals = 0;
    let isFirst = !this.#everConnected;
    while (this.#isWanted) {
      if (!isFirst) {
        await this.#wait(this.#backoff.next());
      }
      isFirst = false;
      if (this.#isWanted) {
        await this.#tryNext();
      }
    }
    this.#isConnecting = false;
  }

  async #tryNext() {
    const url = this.#urls[this.#nextUrl++ % this.#urls.length];
    try {
      const connection = await Connection.open(this.#platform, url, this.#options, {
        onMessage: (from, message) => this.#listener.onMessage(from, message),
        onFrame: (from, frame) => this.#listener.onFrame?.(from, frame),
        onGoAway: () => this.#connect(),
        onEnd: (ended) => this.#onEnd(ended),
      });
      if (this.#isClosed) {
        await connection.close(this.#options.abortTimeoutMs);
        return;
      }
      this.#leave(this.#current);
      this.#everConnected = true;
      this.#current = connection;
    } catch (error) {
      this.lastFailure = error;
      this.#refusals = error.isFinal ? this.#refusals + 1 : 0;
    }
    this.#listener.onChange();
  }

  #leave(connection) {
    if (connection?.isClosed !== false) {
      return;
    }
    this.#leaving.add(connection);
    const timer = setTimeout(() => connection.end('its grace time is over'), connection.goAway?.graceMs ?? 0);
    timer.unref?.();
  }

  #onEnd(connection) {
    this.#leaving.delete(connection);
    this.lastFailure = new ReassemblyError('CONNECTION_FAILED', `${connection.url}: ${connection.endReason}`);
    if (connection.hasServed) {
      this.#backoff.reset();
    }
    if (connection.endedAsTooBig && connection.largestFrame > 0) {
      this.#lowerFrameBytesCap(Math.floor(connection.largestFrame / 2));
    }
    this.#listener.onEnd?.(connection);
    this.#listener.onChange();
    this.#connect();
  }

  #lowerFrameBytesCap(frameBytes) {
    this.#frameBytesCap = Math.min(this.#frameBytesCap, frameBytes);
  }

  #wait(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#pause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
