import { Sha256 } from '../core/sha256.js';
import { piecesOf } from '../shell/pieces.js';
import { StandardSocket } from './sockets.js';

const FULL_BYTES = 4 << 20;

const streamOf = (iterator) => new ReadableStream({
  async pull(controller) {
    const { done, value } = await iterator.next();
    if (done) {
      controller.close();
    } else {
      controller.enqueue(value);
    }
  },
  cancel: async () => {
    await iterator.return?.();
  },
});

/** What browsers have, and other runtimes with the same interfaces. */
export const browserPlatform = {
  runtime: 'browser',

  openSocket(url, protocol, options) {
    const WebSocket = options.WebSocket ?? globalThis.WebSocket;
    return StandardSocket.open(WebSocket, url, protocol, { fullBytes: FULL_BYTES, ...options });
  },

  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),

  newDigest: () => new Sha256(),

  /** SHA-256 in hex. SubtleCrypto is missing on pages that did not come over HTTPS. */
  async digest(bytes) {
    if (globalThis.crypto?.subtle) {
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    const digest = new Sha256();
    digest.update(bytes);
    return digest.hex();
  },

  compressions: typeof CompressionStream === 'function' ? ['gzip'] : [],

  /** Pieces that are compressed as they are read. */
  compress: (pieces, encoding) => piecesOf(streamOf(pieces).pipeThrough(new CompressionStream(encoding))),

  decompressions: typeof DecompressionStream === 'function' ? ['gzip'] : [],

  decompress: (pieces, encoding) => piecesOf(streamOf(pieces).pipeThrough(new DecompressionStream(encoding))),
};
