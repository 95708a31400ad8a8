import { Backoff } from '../core/backoff.js';
import { ReassemblyError } from '../core/errors.js';
import { frameOf, HEADER_BYTES, writeHeader } from '../core/frames.js';
import { idBytes } from '../core/ids.js';
import { Upload } from '../core/upload.js';

/** How often a connection that is left is looked at: half its grace time may end before anything arrives. */
const LEAVING_POLL_MS = 50;

/** A stream that is read says itself when there is more. */
const READING_POLL_MS = 60_000;

/** Runs one upload: tells it what arrives, does what it says next, until the message has its outcome. */
export class Sender {
  #keeper;
  #options;
  #open;
  #source;
  #total;
  #onProgress;
  #signal;
  #digest;
  #upload;
  #id;
  #connection = null;
  #connections = 0;
  #wakeUp = () => {};
  #lastDetail = null;
  #isResuming;

  /**
   * @param {object} context
   * @param {object} context.keeper
   * @param {object} context.options Of the client.
   * @param {object} context.open What `open` says.
   * @param {(events: { changed(): void, read(bytes: Uint8Array, from: number): void }) => object} context.openSource
   * @param {boolean} context.mayBeKnown
   * @param {import('./sent-digest.js').SentDigest | null} context.digest To check what was committed.
   */
  constructor({ keeper, options, open, openSource, mayBeKnown, digest, onProgress, signal }) {
    this.#keeper = keeper;
    this.#options = options;
    this.#open = open;
    this.#id = idBytes(open.id);
    this.#total = open.size ?? null;
    this.#onProgress = onProgress;
    this.#signal = signal;
    this.#isResuming = mayBeKnown;
    this.#digest = digest;
    this.#source = openSource({ changed: () => this.wake(), read: (bytes, from) => this.#digest?.take(bytes, from) });
    this.#upload = new Upload({
      id: open.id,
      size: this.#total,
      mayBeKnown,
      times: options,
      backoff: new Backoff(options.backoffBaseMs, options.backoffCapMs),
      now: performance.now(),
    });
  }

  async run() {
    const wake = () => this.wake();
    this.#signal?.addEventListener('abort', wake);
    try {
      this.#keeper.acquire(this);
      while (await this.#step()) {
        // One thing at a time.
      }
      return await this.#finish();
    } catch (error) {
      if (this.#signal?.aborted) {
        await this.#abort();
      }
      throw error;
    } finally {
      this.#keeper.release(this);
      this.#signal?.removeEventListener('abort', wake);
      this.#source.close();
    }
  }

  /** Something may have changed. */
  wake() {
    this.#wakeUp();
  }

  /** The server said something about this message, or about one that it could not tell. */
  take(connection, message) {
    const isCurrent = connection === this.#connection;
    const before = this.#upload.durable;
    switch (message.type) {
      case 'ack':
        this.#upload.onAck(message, isCurrent, performance.now());
        this.#tellResumed(connection);
        break;
      case 'outcome':
        this.#upload.onOutcome(message);
        break;
      case 'error':
        if (isCurrent) {
          this.#takeError(message);
        }
        break;
      default:
        return;
    }
    if (this.#upload.durable > before) {
      this.#source.release(this.#upload.durable);
      this.#tell('bytes');
    }
    this.wake();
  }

  /** Does the next thing. @returns {Promise<boolean>} Whether there is more to do. */
  async #step() {
    this.#signal?.throwIfAborted();
    if (this.#upload.outcome !== null) {
      return false;
    }
    this.#keeper.throwIfClosed();
    this.#move();
    if (!this.#isUsable || this.#isLeaving) {
      await this.#waitForConnection();
      return true;
    }

    const now = performance.now();
    const step = this.#upload.next(this.#source.view, now);
    switch (step.kind) {
      case 'finish':
        return false;
      case 'fail':
        throw step.error;
      case 'open':
        this.#connection.tell(this.#open);
        break;
      case 'ask':
        this.#connection.tell({ type: 'status', id: this.#open.id });
        break;
      case 'send':
        await this.#send(step);
        break;
      default:
        await this.#wait(Math.min(step.until, this.#upload.givesUpAt) - now);
    }
    return true;
  }

  async #send({ from, to, last, sequence }) {
    const connection = this.#connection;
    if (connection.isFull || this.#keeper.users > 1) {
      await this.#turn(connection);
    }
    const frame = frameOf(HEADER_BYTES + to - from);
    for (let reading; (reading = this.#source.copyTo(frame, HEADER_BYTES, from, to)) !== undefined;) {
      await reading;
    }
    // From here to the end nothing else runs: the frame's memory is everybody's.
    if (connection.isClosed || this.#signal?.aborted || from < this.#source.view.oldest) {
      // Meanwhile it was lost, or cancelled, or those bytes became durable (over a connection that is left) and the source let go of them.
      return;
    }
    writeHeader(frame, { id: this.#id, sequence, offset: from, size: this.#total, last });
    connection.sendFrame(frame);
    this.#upload.onSent({ from, to, last }, performance.now());
    this.#digest?.take(frame.subarray(HEADER_BYTES), from);
  }

  /** Waits for room in the socket, in turn with the other senders, but not once the send is cancelled. */
  #turn(connection) {
    return new Promise((resolve) => {
      this.#wakeUp = () => {
        if (this.#signal?.aborted) {
          resolve();
        }
      };
      connection.turn().then(resolve);
    });
  }

  get #isUsable() {
    return this.#connection?.isClosed === false;
  }

  /** Whether the server asked to leave and there is somewhere to go: nothing new is sent over this connection. */
  get #isLeaving() {
    const { current } = this.#keeper;
    return this.#connection.goAway !== null && current !== null && current !== this.#connection;
  }

  /** Takes the keeper's connection, if it is another one and nothing is left to wait for on the old one. */
  #move() {
    const { current } = this.#keeper;
    if (current === null || current === this.#connection) {
      return;
    }
    if (this.#isUsable && !this.#upload.isQuiet && performance.now() - this.#connection.goAwayAt < this.#connection.goAway.graceMs / 2) {
      return;
    }
    this.#isResuming ||= this.#connections > 0;
    this.#connection = current;
    this.#connections++;
    this.#upload.attach(this.#keeper.linkOf(this.#connection), performance.now());
  }

  async #waitForConnection() {
    const now = performance.now();
    const left = this.#upload.givesUpAt - now;
    if (left <= 0) {
      throw this.#keeper.current ? this.#upload.noProgress() : this.#keeper.gaveUp();
    }
    if (!this.#isUsable) {
      const reason = this.#connection?.endReason ?? this.#keeper.lastFailure?.message;
      if (reason) {
        this.#tell('disconnected', `connection lost, trying again: ${reason}`);
      }
    }
    await this.#wait(this.#isUsable ? Math.min(left, LEAVING_POLL_MS) : left);
  }

  #wait(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wakeUp(), Math.max(0, Math.ceil(ms)));
      this.#wakeUp = () => {
        this.#wakeUp = () => {};
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #takeError(error) {
    if (error.code === 'FRAME_TOO_BIG' && this.#keeper.narrow(this.#connection, error.limit)) {
      this.#upload.onError({ ...error, retryable: true }, performance.now());
      this.#upload.narrow(this.#keeper.linkOf(this.#connection));
    } else {
      this.#upload.onError(error, performance.now());
    }
    if (error.code === 'UNKNOWN_MESSAGE') {
      // Nobody began it before: there is nothing to go on with.
      this.#isResuming &&= this.#connections > 1;
    } else if (error.retryable) {
      this.#tell('retrying', error.message);
    }
  }

  async #finish() {
    const { outcome, sentBytes, resentBytes, chunks } = this.#upload;
    const { id, state, size, sha256 } = outcome;
    if (state !== 'committed') {
      throw ReassemblyError.fromOutcome(outcome);
    }
    const expected = await this.#readOn(size ?? Infinity);
    const digest = await this.#digest?.finish(this.#source, expected, this.#signal) ?? this.#open.sha256 ?? null;
    if ((size !== undefined && size !== expected) || (digest !== null && digest !== (sha256 ?? digest))) {
      throw new ReassemblyError(
        'PAYLOAD_MISMATCH', `message ${id} was committed with ${size} bytes and SHA-256 ${sha256}; this payload has ${expected} bytes and ${digest ?? 'was not hashed'}`, { id });
    }
    return { id, state, size: size ?? expected, sha256: sha256 ?? digest ?? undefined, sentBytes, resentBytes, chunks, connections: this.#connections };
  }

  /** Reads a stream on whose message was complete before: to its size, or to more than the server has. @returns {Promise<number>} What was read. */
  async #readOn(committed) {
    this.#source.release(committed);
    while (this.#source.view.available !== this.#source.view.size && this.#source.view.available <= committed) {
      this.#signal?.throwIfAborted();
      await this.#wait(READING_POLL_MS);
    }
    return this.#source.view.available;
  }

  /** Tells the server that this message is given up, and waits a little for its answer. Without it the message expires there. */
  async #abort() {
    if (!this.#upload.mayBeKnown || !this.#isUsable) {
      return;
    }
    // What was unknown before it was sent says nothing about now.
    this.#upload.lastError = null;
    this.#connection.tell({ type: 'abort', id: this.#open.id });
    const until = performance.now() + this.#options.abortTimeoutMs;
    while (this.#upload.outcome === null && this.#upload.lastError?.code !== 'UNKNOWN_MESSAGE' && this.#isUsable && performance.now() < until) {
      await this.#wait(until - performance.now());
    }
  }

  #tellResumed(connection) {
    if (this.#isResuming) {
      this.#isResuming = false;
      this.#lastDetail = null;
      this.#tell('resumed', `going on at byte ${this.#upload.durable} over ${connection.url}`);
    }
  }

  #tell(kind, detail) {
    if (!this.#onProgress || (detail !== undefined && detail === this.#lastDetail)) {
      return;
    }
    this.#lastDetail = detail ?? this.#lastDetail;
    const { durable, sentUpTo } = this.#upload;
    this.#onProgress({ kind, id: this.#open.id, durable, sent: sentUpTo, total: this.#total ?? this.#source.view.size, detail });
  }
}
