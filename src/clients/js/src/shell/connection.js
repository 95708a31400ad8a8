import { ReassemblyError } from '../core/errors.js';
import { readServerMessage } from '../core/control.js';
import { PROTOCOL, VERSION } from '../options.js';

/** What a server that names no such limit goes by. */
const DEFAULT_LIMITS = {
  frameBytes: 65_536, minChunkBytes: 1_024, messageBytes: 2 ** 30, openMessages: 1_024, windowBytes: 8 << 20,
  idleSeconds: 60, messageSeconds: 3_600, retentionSeconds: 3_600,
};
const HEADER_BYTES = 48;
const MESSAGE_TOO_BIG = 1009;

/** One WebSocket that has said `hello` and heard `welcome`. */
export class Connection {
  #socket = null;
  #events;
  #silenceMs;
  #welcomed;
  #queue = Promise.resolve();
  #opening = new AbortController();
  #heard = 0;
  #watch;

  url;
  limits = null;
  /** `goaway`, once the server has said it, and when that was. */
  goAway = null;
  goAwayAt = 0;
  /** Why it is gone, in words for a person; null while it is open. */
  endReason = null;
  endedAsTooBig = false;
  /** Whether the server has answered something about a message: then the connection was worth an early return. */
  hasServed = false;
  /** The largest frame sent. */
  largestFrame = 0;
  isPaused = false;

  /**
   * @param {object} platform
   * @param {string} url
   * @param {object} options
   * @param {{ onMessage(c: Connection, message: object): void, onFrame(c: Connection, frame: Uint8Array): void,
   *   onGoAway(c: Connection): void, onEnd(c: Connection): void }} events Only after it was opened, and `onEnd` last.
   * @throws {ReassemblyError} `CONNECTION_FAILED`; `isFinal` where trying again is of no use.
   */
  static async open(platform, url, options, events) {
    const connection = new Connection(url, events, options.silenceMs);
    let timer;
    const timeout = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${options.connectTimeoutMs / 1000} s`)), options.connectTimeoutMs);
    });
    try {
      await Promise.race([connection.#open(platform, options), timeout]);
      return connection;
    } catch (error) {
      connection.#abandon();
      const failed = new ReassemblyError('CONNECTION_FAILED', `${url}: ${error.message}`, { cause: error });
      failed.isFinal = error.isFinal ?? (error.statusCode >= 400 && error.statusCode < 500 && error.statusCode !== 408 && error.statusCode !== 429);
      throw failed;
    } finally {
      clearTimeout(timer);
    }
  }

  constructor(url, events, silenceMs) {
    this.url = url;
    this.#events = events;
    this.#silenceMs = silenceMs;
  }

  get isClosed() {
    return this.endReason !== null;
  }

  get isFull() {
    return this.#socket.isFull;
  }

  get canPause() {
    return this.#socket.canPause;
  }

  /** Control. What a closed connection is told is lost, as on any connection that closes a moment later. */
  tell(message) {
    if (!this.isClosed) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  /** One chunk; the frame is the caller's again at once. */
  sendFrame(frame) {
    if (!this.isClosed) {
      this.largestFrame = Math.max(this.largestFrame, frame.length);
      this.#socket.send(frame);
    }
  }

  /** Waits for room in the socket's buffer, in turn with whoever else waits. */
  turn() {
    this.#queue = this.#queue.then(() => (this.isClosed || !this.isFull ? undefined : this.#socket.drained()));
    return this.#queue;
  }

  pause() {
    this.isPaused = true;
    this.#socket.pause();
  }

  resume() {
    this.isPaused = false;
    this.#heard++;
    this.#socket.resume();
  }

  /** Closes it with the closing handshake, so that what was written last is not lost; waits for its end, but not longer than that. */
  async close(patienceMs) {
    if (this.isClosed) {
      return;
    }
    this.resume();
    this.#socket.close();
    const ended = new Promise((resolve) => {
      this.#events = { ...this.#events, onMessage() {}, onFrame() {}, onGoAway() {}, onEnd: resolve };
    });
    const timer = setTimeout(() => this.end('closed'), patienceMs);
    await ended;
    clearTimeout(timer);
  }

  /** Ends it now. */
  end(reason) {
    this.#socket?.terminate();
    this.#onClose({ reason });
  }

  async #open(platform, options) {
    const welcomed = new Promise((resolve, reject) => {
      this.#welcomed = { resolve, reject };
    });
    welcomed.catch(() => {});
    const socket = await platform.openSocket(this.url, PROTOCOL, {
      WebSocket: options.WebSocket,
      socketOptions: options.socketOptions,
      maxMessageBytes: options.receiveFrameBytes,
      signal: this.#opening.signal,
      onMessage: (data) => this.#onData(data),
      onClose: ({ code, reason }) => this.#onClose({ code, text: reason }),
    });
    this.#socket = socket;
    if (this.isClosed) {
      // Given up meanwhile.
      socket.terminate();
      return;
    }
    if (socket.protocol !== PROTOCOL) {
      throw Object.assign(new Error(`it does not speak ${PROTOCOL}: it did not echo the subprotocol`), { isFinal: true });
    }
    this.tell({
      type: 'hello', receiveFrameBytes: options.receiveFrameBytes, client: options.clientName ?? `reassembly-js/${VERSION} (${platform.runtime})`,
    });
    await welcomed;
    this.#watch = setInterval(() => this.#lookForSilence(), this.#silenceMs);
  }

  #abandon() {
    this.#events = { onMessage() {}, onFrame() {}, onGoAway() {}, onEnd() {} };
    this.#opening.abort();
    this.end('given up');
  }

  #onData(data) {
    if (this.isClosed) {
      return;
    }
    this.#heard++;
    if (typeof data !== 'string') {
      if (this.limits !== null) {
        this.#events.onFrame(this, data);
      }
      return;
    }
    let message;
    try {
      message = readServerMessage(data);
    } catch {
      // A server newer than this client may say what it does not know: that is for newer clients.
      return;
    }
    this.#onMessage(message);
  }

  #onMessage(message) {
    if (message.type === 'welcome') {
      const limits = { ...DEFAULT_LIMITS, ...message.limits };
      this.limits = { ...limits, chunkBytes: limits.chunkBytes ?? limits.frameBytes - HEADER_BYTES };
      this.#welcomed.resolve();
    } else if (this.limits === null) {
      this.#welcomed.reject(new Error(message.message ?? 'its first message is not welcome'));
    } else if (message.type === 'goaway') {
      this.goAway = message;
      this.goAwayAt = performance.now();
      this.#events.onGoAway(this);
    } else if (message.type !== 'pong') {
      this.hasServed ||= message.type === 'ack' || message.type === 'outcome';
      if (message.type === 'error' && message.scope === 'connection') {
        this.lastWord = message.message;
      }
      this.#events.onMessage(this, message);
    }
  }

  #onClose({ code, text, reason }) {
    if (this.isClosed) {
      return;
    }
    clearInterval(this.#watch);
    this.endedAsTooBig = code === MESSAGE_TOO_BIG;
    this.endReason = reason ?? this.lastWord ?? `the connection was closed with ${code}${text ? ` (${text})` : ''}`;
    this.#welcomed?.reject(new Error(this.endReason));
    this.#events.onEnd(this);
  }

  // A server that is gone without a word says nothing for ever; one whose socket is not read cannot be heard.
  #lookForSilence() {
    if (this.#heard > 0 || this.isPaused) {
      this.#heard = 0;
      this.hasAsked = false;
    } else if (this.hasAsked) {
      this.end(`the server did not answer within ${this.#silenceMs / 1000} s`);
    } else {
      this.hasAsked = true;
      this.tell({ type: 'ping', nonce: 0 });
    }
  }
}
