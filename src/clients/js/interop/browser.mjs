import { Client } from '../src/browser.js';
import { Sha256 } from '../src/core/sha256.js';
import { sendJson } from '../plain/browser-json.mjs';
import { sendRaw } from '../plain/browser-raw.mjs';

const MEBIBYTE = 1 << 20;

/** That many bytes, the same for the same seed, and their SHA-256. No compressor makes them smaller, unless they are to be text: letters of eight kinds. */
function generate(bytes, seed = 1, isText = false) {
  const digest = new Sha256();
  const parts = [];
  let state = seed | 1;
  for (let at = 0; at < bytes; at += MEBIBYTE) {
    const words = new Uint32Array(MEBIBYTE / 4);
    for (let i = 0; i < words.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = isText ? (state & 0x07070707) | 0x60606060 : state;
    }
    const part = new Uint8Array(words.buffer, 0, Math.min(MEBIBYTE, bytes - at));
    digest.update(part);
    parts.push(part);
  }
  return { blob: new Blob(parts), sha256: digest.hex() };
}

async function hexDigest(blob) {
  const digest = new Sha256();
  for (let at = 0; at < blob.size; at += MEBIBYTE) {
    digest.update(new Uint8Array(await blob.slice(at, at + MEBIBYTE).arrayBuffer()));
  }
  return digest.hex();
}

/** What Playwright's page.evaluate calls; all take one object and give one. README.md beside this file tells what is in them. */
const functions = {
  versions: () => ({ library: 'WebSocket', runtime: navigator.userAgent }),

  async send({ url, bytes, seed, channel, id, encoding = 'identity', frameBytes }) {
    const { blob, sha256: generated } = generate(bytes, seed, encoding !== 'identity');
    const client = new Client(url, { chunkBytes: frameBytes && frameBytes - 48 });
    try {
      const started = performance.now();
      const result = await client.send(blob, { channel, id, compress: encoding === 'identity' ? undefined : encoding });
      return { ...result, generated, seconds: (performance.now() - started) / 1000 };
    } finally {
      await client.close();
    }
  },

  async receive({ url, channel, frameBytes }) {
    const client = new Client(url, { receiveFrameBytes: frameBytes });
    try {
      for await (const message of client.subscribe(channel)) {
        const body = await new Response(message.body).blob();
        await message.complete();
        const { id, size, sha256, attempt } = message;
        return { id, size, sha256, attempt, bytes: body.size, digest: await hexDigest(body) };
      }
      throw new Error('the subscription ended without a message');
    } finally {
      await client.close();
    }
  },

  async raw({ url, bytes, seed }) {
    const { blob, sha256: generated } = generate(bytes, seed);
    return { ...await sendRaw(url, blob), generated };
  },

  async json({ url, bytes, seed, channel }) {
    const { blob, sha256: generated } = generate(bytes, seed);
    return { ...await sendJson(url, blob, channel), generated };
  },

  oversize: ({ url, bytes, count = 1_000 }) => new Promise((resolve, reject) => {
    const socket = new WebSocket(url, new URL(url).pathname === '/ws' ? ['reassembly.v1'] : []);
    const message = new Uint8Array(bytes);
    socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean });
    socket.onopen = async () => {
      for (let sent = 0; sent < count && socket.readyState === WebSocket.OPEN; sent++) {
        socket.send(message);
        while (socket.bufferedAmount > 0 && socket.readyState === WebSocket.OPEN) {
          await new Promise((soon) => {
            setTimeout(soon, 5);
          });
        }
      }
      setTimeout(() => reject(new Error(`not closed after ${count} messages of ${bytes} bytes`)), 15_000);
    };
  }),

  deflate: ({ url, bytes }) => new Promise((resolve) => {
    const socket = new WebSocket(url, new URL(url).pathname === '/ws' ? ['reassembly.v1'] : []);
    const end = (result) => resolve({ negotiated: socket.extensions.includes('permessage-deflate'), code: null, reason: null, answer: null, ...result });
    socket.onopen = () => socket.send(new Uint8Array(bytes));
    socket.onmessage = ({ data }) => {
      if (!data.includes('"type":"welcome"')) {
        end({ answer: data });
        socket.close();
      }
    };
    socket.onclose = ({ code, reason }) => end({ code, reason });
  }),
};

window.interop = functions;
