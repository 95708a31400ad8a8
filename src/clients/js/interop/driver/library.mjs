import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { startClock } from './clock.mjs';

/** As the client: enough to keep the kernel busy, and no more. */
const FULL_BYTES = 1 << 20;
const READ_BYTES = 1 << 20;
const ANSWER_MS = 30_000;

const closing = (socket) => once(socket, 'close').then(([code, reason]) => ({ code, reason: reason.toString() }));

async function connect(WebSocket, url, options) {
  const protocols = new URL(url).pathname === '/ws' ? ['reassembly.v1'] : [];
  const socket = new WebSocket(url, protocols, options);
  socket.on('open', () => socket.on('error', (error) => console.error(error.message)));
  await once(socket, 'open');
  return socket;
}

/** Sends messages of that size until it is closed. */
export async function oversize(WebSocket, url, bytes, count = 1_000) {
  const socket = await connect(WebSocket, url);
  const closed = closing(socket);
  const message = Buffer.alloc(bytes);
  for (let sent = 0; sent < count && socket.readyState === WebSocket.OPEN; sent++) {
    // While the kernel takes everything, callbacks follow one another and nothing is read: the close frame would not be seen.
    await new Promise((resolve) => {
      socket.send(message, () => setImmediate(resolve));
    });
  }
  const end = await Promise.race([closed, later()]);
  socket.terminate();
  if (end === null) {
    throw new Error(`not closed after ${count} messages of ${bytes} bytes`);
  }
  return end;
}

/** Sends the file as fast as the library does, to a server that throws it away. */
export async function flood(WebSocket, url, file, frameBytes) {
  const socket = await connect(WebSocket, url, { perMessageDeflate: false });
  const source = await open(file);
  const clock = startClock();
  let waiting = () => {};
  const onSent = () => {
    if (socket.bufferedAmount < FULL_BYTES) {
      waiting();
    }
  };
  const buffers = [Buffer.allocUnsafeSlow(READ_BYTES), Buffer.allocUnsafeSlow(READ_BYTES)];
  let bytes = 0;
  let reading = source.read(buffers[0], 0, READ_BYTES);
  for (let round = 1; ; round++) {
    const { bytesRead, buffer } = await reading;
    if (bytesRead === 0) {
      break;
    }
    reading = source.read(buffers[round % 2], 0, READ_BYTES);
    for (let at = 0; at < bytesRead; at += frameBytes) {
      socket.send(buffer.subarray(at, Math.min(at + frameBytes, bytesRead)), onSent);
      if (socket.bufferedAmount >= FULL_BYTES) {
        await new Promise((resolve) => {
          waiting = resolve;
        });
      }
    }
    bytes += bytesRead;
  }
  socket.send('done');
  await once(socket, 'message');
  const times = clock();
  await source.close();
  socket.close();
  return { ...times, bytes };
}

/** Sends a message that compresses to almost nothing, with permessage-deflate where the server has it too. */
export async function deflate(WebSocket, url, bytes) {
  const socket = await connect(WebSocket, url, { perMessageDeflate: true });
  const negotiated = socket.extensions.includes('permessage-deflate');
  const answered = new Promise((resolve) => {
    socket.on('message', (data, isBinary) => {
      if (!isBinary && !data.toString().includes('"type":"welcome"')) {
        resolve({ answer: data.toString() });
      }
    });
  });
  socket.send(Buffer.alloc(bytes));
  const end = await Promise.race([answered, closing(socket), later()]);
  socket.terminate();
  return { negotiated, code: end?.code ?? null, reason: end?.reason ?? null, answer: end?.answer ?? null };
}

const later = () => new Promise((resolve) => {
  setTimeout(resolve, ANSWER_MS, null).unref();
});
