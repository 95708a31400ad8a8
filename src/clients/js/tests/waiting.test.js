import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { once } from 'node:events';
import { readFrame, UNKNOWN_SIZE } from '../src/core/frames.js';
import { Client } from '../src/node.js';
import { Inbound } from '../src/shell/inbound.js';
import { Sender } from '../src/shell/sender.js';
import { openSource } from '../src/shell/sources.js';
import { newId } from './support/ids.js';
import { keep } from './support/keep.js';

const times = { ackTimeoutMs: 60_000, giveUpAfterMs: 60_000, maxUnackedBytes: 1_000, backoffBaseMs: 1, backoffCapMs: 1, abortTimeoutMs: 1 };

test('bytes that became durable while their chunk waited for its turn are not sent out of a window that has let go of them', async () => {
  let giveTurn;
  const frames = [];
  const connection = {
    isClosed: false, isFull: true, goAway: null, url: 'ws://x/ws', tell() {},
    turn: () => new Promise((resolve) => {
      giveTurn = resolve;
    }),
    sendFrame(frame) {
      const { offset, payload } = readFrame(frame);
      frames.push({ from: Number(offset), bytes: [...payload] });
    },
  };
  const keeper = {
    current: connection, users: 1, acquire() {}, release() {}, throwIfClosed() {},
    linkOf: () => ({ min: 1, max: 4, windowBytes: 1_000, idleMs: 60_000 }),
  };
  const id = newId();
  const sender = new Sender({
    keeper, options: times, open: { type: 'open', id }, mayBeKnown: false, digest: null,
    openSource: (events) => openSource([[1, 2, 3, 4], [5, 6, 7, 8]].map((piece) => Uint8Array.from(piece)), { size: null, windowBytes: 1_000, ...events }),
  });
  const sending = sender.run();
  while (giveTurn === undefined) {
    await new Promise(setImmediate);
  }
  sender.take({ url: 'ws://left/ws' }, { type: 'ack', id, durable: 4, missing: [], credit: 1_000 });
  connection.isFull = false;
  giveTurn();
  while (frames.length === 0) {
    await new Promise(setImmediate);
  }
  sender.take(connection, { type: 'outcome', id, state: 'committed', size: 8 });
  await sending;
  assert.deepEqual(frames, [{ from: 4, bytes: [5, 6, 7, 8] }]);
});

test('a send that is cancelled ends although the server reads nothing any more', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  t.after(() => {
    server.clients.forEach((client) => client.terminate());
    server.close();
  });
  server.on('connection', (socket) => {
    socket.send(JSON.stringify({ type: 'welcome', protocol: 'reassembly.v1', connection: 'c', node: 'n', durability: 'memory', limits: { windowBytes: 2 ** 40 } }));
    socket.on('message', () => socket.pause());
  });
  const client = keep(t, new Client(`ws://127.0.0.1:${server.address().port}/ws`, { maxUnackedBytes: 2 ** 40, abortTimeoutMs: 100, silenceMs: 600_000 }));
  const controller = new AbortController();
  let reads = 0;
  const payload = {
    size: 2 ** 40,
    async read(from, to) {
      reads++;
      return new Uint8Array(to - from);
    },
  };
  const sending = client.send(payload, { signal: controller.signal });
  let before;
  do {
    before = reads;
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
  } while (reads === 0 || reads > before);
  controller.abort();
  await assert.rejects(sending, { name: 'AbortError' });
});

test('all who wait for the bytes of one message hear of them', async () => {
  const id = newId();
  const inbound = new Inbound({ id, size: 4 }, {});
  const reading = [inbound.read(), inbound.read(), inbound.read()];
  inbound.take({ offset: 0n, totalSize: UNKNOWN_SIZE, last: false, payload: Uint8Array.of(1, 2) });
  inbound.take({ offset: 2n, totalSize: UNKNOWN_SIZE, last: true, payload: Uint8Array.of(3, 4) });
  assert.deepEqual(await Promise.all(reading), [Uint8Array.of(1, 2), Uint8Array.of(3, 4), null]);
});
