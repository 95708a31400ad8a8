import { createHash } from 'node:crypto';
import { wsconnect } from '@nats-io/nats-core';
import { Objm, setSha256Backend, StorageType } from '@nats-io/obj';
import WebSocket from 'ws';
import { runSender, senderOptions } from '../common/sender.mjs';

const NAME = 'payload';

/** What the library cuts by itself: pieces of another size would only be copied once more. */
const PIECE_BYTES = 128 * 1024;

// The library's faster one: its default is written in JavaScript, for browsers.
setSha256Backend('native');
const { url, file } = senderOptions();
const connection = await wsconnect({
  servers: url,
  wsFactory: () => ({ socket: new WebSocket(url, { perMessageDeflate: false }), encrypted: false }),
});
const manager = new Objm(connection);
const createBucket = () => manager.create('peers', { storage: StorageType.File });
let bucket = await createBucket();

function pieces(payload) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= payload.length) {
        controller.close();
        return;
      }
      controller.enqueue(payload.subarray(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
    },
  });
}

await runSender(file, async (payload) => {
  const { size } = await bucket.put({ name: NAME }, pieces(payload));
  if (size !== payload.length) {
    throw new Error(`${size} bytes arrived`);
  }
}, {
  hash: async () => {
    const object = await bucket.get(NAME);
    const hash = createHash('sha256');
    for await (const piece of object.data) {
      hash.update(piece);
    }
    const fault = await object.error;
    if (fault) {
      throw fault;
    }
    return { sha256: hash.digest('hex') };
  },
  clear: async () => {
    await bucket.destroy();
    bucket = await createBucket();
  },
});
