import { createHash, webcrypto } from 'node:crypto';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import zlib from 'node:zlib';
import { StandardSocket } from './sockets.js';
import { WsSocket } from './ws-socket.js';

/** Enough to keep the kernel busy while the event loop does something else. */
const FULL_BYTES = 1 << 20;

/** The best quality takes brotli minutes for what this one takes seconds. */
const BROTLI_QUALITY = 4;

let found;

/** `ws` where it is installed, the global WebSocket of newer Nodes otherwise. */
function findWebSocket() {
  found ??= import('ws').then((module) => module.default, (error) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND' && globalThis.WebSocket) {
      return globalThis.WebSocket;
    }
    throw new Error('no WebSocket: install the package ws, pass one as the option WebSocket, or use a Node that has its own', { cause: error });
  });
  return found;
}

const isOfWs = (WebSocket) => typeof WebSocket.prototype.terminate === 'function';

function through(pieces, transform) {
  pipeline(Readable.from(pieces, { objectMode: false }), transform, () => {});
  return transform;
}

/** Node, with `ws` or with a WebSocket like that of browsers. */
export const nodePlatform = {
  runtime: 'node',

  async openSocket(url, protocol, options) {
    const WebSocket = options.WebSocket ?? await findWebSocket();
    const Socket = isOfWs(WebSocket) ? WsSocket : StandardSocket;
    return Socket.open(WebSocket, url, protocol, { fullBytes: FULL_BYTES, ...options });
  },

  randomBytes: (count) => webcrypto.getRandomValues(new Uint8Array(count)),

  newDigest() {
    const hash = createHash('sha256');
    return { update: (bytes) => hash.update(bytes), hex: () => hash.digest('hex') };
  },

  digest: async (bytes) => createHash('sha256').update(bytes).digest('hex'),

  compressions: ['gzip', 'br'],

  /** Pieces that are compressed as they are read. */
  compress: (pieces, encoding) => through(pieces, encoding === 'gzip'
    ? zlib.createGzip()
    : zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })),

  decompressions: ['gzip', 'br'],

  decompress: (pieces, encoding) => through(pieces, encoding === 'gzip' ? zlib.createGunzip() : zlib.createBrotliDecompress()),
};

/**
 * A file as a payload: read at any place, so that a send of it can always go on.
 * @param {string | URL} path
 * @returns {Promise<{ size: number, read(from: number, to: number, spare?: Uint8Array): Promise<Uint8Array>, close(): Promise<void> }>}
 *   Close it after use.
 */
export async function openFile(path) {
  const file = await open(path);
  const { size } = await file.stat();
  return {
    size,
    async read(from, to, spare) {
      const buffer = spare?.length >= to - from ? spare.subarray(0, to - from) : Buffer.allocUnsafeSlow(to - from);
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, from + filled);
        if (bytesRead === 0) {
          break;
        }
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    close: () => file.close(),
  };
}
