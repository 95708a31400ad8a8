import { ReassemblyError } from './core/errors.js';
import { isId, newId } from './core/ids.js';
import { checkUrls, withDefaults } from './options.js';
import { asBytes, isBlob, isRandomAccess, piecesOf } from './shell/pieces.js';
import { Keeper } from './shell/keeper.js';
import { Sender } from './shell/sender.js';
import { SentDigest } from './shell/sent-digest.js';
import { openSource } from './shell/sources.js';
import { Subscription } from './shell/subscription.js';

/** Up to this size a payload is hashed unasked. On a fast network SHA-256 is what a larger one takes longest for. */
const USEFUL_DIGEST_BYTES = 16 << 20;

const sendDefaults = {
  id: undefined, channel: undefined, contentType: undefined, contentEncoding: undefined, headers: undefined, ttlSeconds: undefined,
  sha256: undefined, size: undefined, compress: undefined, checkDigest: undefined, onProgress: undefined, signal: undefined,
};

/** The bytes of the largest payload whose digest is compared with what was committed; -1 where none is. */
function largestToCheck({ checkDigest, id }, announced) {
  if (checkDigest === false || (announced !== undefined && !checkDigest)) {
    return -1;
  }
  return checkDigest || id !== undefined ? Infinity : USEFUL_DIGEST_BYTES;
}

/** Sends messages over one connection and receives over others. One for each platform is made of it: see `browser.js` and `node.js`. */
export class BaseClient {
  #platform;
  #urls;
  #options;
  #keeper;
  #senders = new Map();
  #subscriptions = new Set();
  #isClosed = false;

  constructor(platform, urls, options = {}) {
    this.#platform = platform;
    this.#urls = checkUrls(urls);
    this.#options = withDefaults(options);
    this.#keeper = new Keeper(platform, this.#urls, this.#options, {
      onMessage: (connection, message) => this.#dispatch(connection, message),
      onChange: () => this.#senders.forEach((sender) => sender.wake()),
    });
  }

  /** Sends one payload and waits until it is committed. */
  async send(payload, options = {}) {
    const request = withDefaults(options, sendDefaults);
    request.signal?.throwIfAborted();
    const id = request.id ?? newId(this.#platform.randomBytes(16), Date.now());
    if (!isId(id)) {
      throw new TypeError(`${id} is not a UUID in canonical lower case`);
    }
    if (this.#senders.has(id)) {
      throw new TypeError(`message ${id} is being sent already`);
    }

    const body = this.#compress(payload, request);
    const isWhole = asBytes(body) !== undefined || isBlob(body) || isRandomAccess(body);
    const size = isWhole ? asBytes(body)?.length ?? body.size : body === payload ? request.size : undefined;
    // Taken before the first wait, so that nobody else takes it.
    this.#senders.set(id, { wake() {}, take() {} });
    try {
      const isAnnounced = isWhole && size <= USEFUL_DIGEST_BYTES && request.checkDigest !== false;
      const sha256 = request.sha256 ?? (isAnnounced ? await this.#digest(body) : undefined);
      const checkUpTo = largestToCheck(request, sha256);
      const sender = new Sender({
        keeper: this.#keeper,
        options: this.#options,
        open: {
          type: 'open', id, size, sha256, channel: request.channel, contentType: request.contentType,
          contentEncoding: request.compress ?? request.contentEncoding, headers: request.headers, ttlSeconds: request.ttlSeconds,
        },
        openSource: (events) => openSource(body, { size: size ?? null, windowBytes: this.#options.maxUnackedBytes, ...events }),
        mayBeKnown: request.id !== undefined,
        digest: checkUpTo < 0 || size > checkUpTo ? null : new SentDigest(this.#platform.newDigest(), checkUpTo),
        onProgress: request.onProgress,
        signal: request.signal,
      });
      this.#senders.set(id, sender);
      return await sender.run();
    } finally {
      this.#senders.delete(id);
    }
  }

  /** Receives the messages of a channel, over a connection of its own. */
  subscribe(channel = 'default', options = {}) {
    if (this.#isClosed) {
      throw new ReassemblyError('CLOSED', 'the client is closed');
    }
    const subscription = new Subscription({
      platform: this.#platform, urls: this.#urls, options: this.#options, channel, subscribe: options, onClosed: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Ends what is under way and closes the connections. */
  async close() {
    this.#isClosed = true;
    await Promise.all([this.#keeper.close(), ...[...this.#subscriptions].map((subscription) => subscription.close())]);
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close();
  }

  #compress(payload, { compress, contentEncoding }) {
    if (compress === undefined) {
      return payload;
    }
    if (contentEncoding !== undefined) {
      throw new TypeError('compress and contentEncoding exclude each other');
    }
    if (!this.#platform.compressions.includes(compress)) {
      throw new TypeError(`${compress} is not a compression that this runtime has: ${this.#platform.compressions.join(', ') || 'none'}`);
    }
    return this.#platform.compress(piecesOf(payload), compress);
  }

  async #digest(body) {
    const bytes = asBytes(body) ?? (isBlob(body) ? new Uint8Array(await body.arrayBuffer()) : await body.read(0, body.size));
    return this.#platform.digest(bytes);
  }

  // Where the server could not tell whose frame it was, each sender has to find out whether it was its own.
  #dispatch(connection, message) {
    if (message.id !== undefined) {
      this.#senders.get(message.id)?.take(connection, message);
    } else if (message.type === 'error') {
      this.#senders.forEach((sender) => sender.take(connection, message));
    }
  }
}
