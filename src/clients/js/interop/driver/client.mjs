import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client, openFile } from '../../src/node.js';
import { startClock } from './clock.mjs';

/** Sends a file with the client. */
export async function send(WebSocket, { url, file, channel, id, encoding = 'identity' }) {
  const client = new Client(url, { WebSocket });
  const payload = await openFile(file);
  try {
    const clock = startClock();
    const { id: sent, state, size, sha256, connections, sentBytes } = await client.send(payload, {
      channel,
      id,
      compress: encoding === 'identity' ? undefined : encoding,
      onProgress: report(),
    });
    return { id: sent, state, size, sha256, connections, sentBytes, ...clock() };
  } finally {
    await payload.close();
    await client.close();
  }
}

/** Receives one message into a file. */
export async function receive(WebSocket, { url, channel, out, frameBytes }) {
  const client = new Client(url, { WebSocket, receiveFrameBytes: frameBytes });
  try {
    for await (const message of client.subscribe(channel)) {
      await pipeline(Readable.fromWeb(message.body), createWriteStream(out));
      await message.complete();
      const { id, size, sha256, attempt } = message;
      return { id, size, sha256, attempt };
    }
    throw new Error('the subscription ended without a message');
  } finally {
    await client.close();
  }
}

/** Tells a person what happens, and how far it is each time that another tenth is durable. */
function report() {
  let told = 0;
  return ({ durable, total, detail }) => {
    const tenths = Math.floor((durable / total) * 10);
    if (detail || tenths > told) {
      told = Math.max(told, tenths);
      console.error(detail ?? `${durable} of ${total} bytes are durable`);
    }
  };
}
