import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { Client } from '../src/node.js';
import { newId } from './support/ids.js';
import { keep } from './support/keep.js';
import { CuttingProxy, LimitingProxy } from './support/proxy.js';
import { randomBytes, seed } from './support/random.js';
import { Server } from './support/server.js';

const MEBIBYTE = 1 << 20;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

let server;

before(async () => {
  server = await Server.start();
});

after(() => server.dispose());

async function* stream(bytes) {
  for (let at = 0; at < bytes.length; at += 50_000) {
    yield bytes.subarray(at, at + 50_000);
  }
}

const payload = randomBytes(32 * MEBIBYTE);
const digest = sha256(payload);

for (const [kind, make] of Object.entries({ 'a buffer': () => payload, 'a Blob': () => new Blob([payload]), 'a stream': () => stream(payload) })) {
  test(`${kind} goes on where it was after each of three cut connections (seed ${seed})`, async (t) => {
    const proxy = keep(t, await CuttingProxy.start(server.port));
    proxy.cutUpAfter = [5 * MEBIBYTE, 7 * MEBIBYTE + 12_345, 9 * MEBIBYTE];
    const client = keep(t, new Client(proxy.url));
    const told = [];
    const result = await client.send(make(), { onProgress: ({ kind: what }) => told.push(what) });
    assert.equal(result.sha256, digest);
    assert.equal(result.connections, 4);
    assert.ok(told.includes('disconnected') && told.includes('resumed'));
    assert.ok(result.resentBytes > 0 && result.resentBytes <= 3 * 8 * MEBIBYTE, `${result.resentBytes} bytes were sent again`);
    await client.close();
    });
}

test('a server that is killed with kill -9 and started again gets the rest', async (t) => {
  const own = keep(t, await Server.start());
  const client = keep(t, new Client(own.url));
  let killed = null;
  const result = await client.send(stream(payload), {
    onProgress({ durable }) {
      if (durable > 8 * MEBIBYTE && killed === null) {
        killed = own.kill().then(() => own.start());
      }
    },
  });
  await killed;
  assert.equal(result.sha256, digest);
  assert.equal(result.connections, 2);
  assert.ok(result.sentBytes < payload.length + 9 * MEBIBYTE, `${result.sentBytes} bytes were sent`);
  const stored = await own.payload(result.id);
  assert.equal(sha256(new Uint8Array(await stored.arrayBuffer())), digest);
});

test('of several addresses those that serve nobody are passed over', async (t) => {
  const dead = createServer().listen(0, '127.0.0.1');
  await once(dead, 'listening');
  const { port } = dead.address();
  dead.close();
  const client = keep(t, new Client([`ws://127.0.0.1:${port}/ws`, server.url]));
  assert.equal((await client.send(payload)).sha256, digest);
});

test('a server that is stopped and started again is left in time, and found again', async (t) => {
  const own = keep(t, await Server.start({ 'Edge:DrainSeconds': 1 }));
  const client = keep(t, new Client(own.url));
  let restarted = null;
  const result = await client.send(stream(payload), {
    onProgress({ durable }) {
      if (durable > 8 * MEBIBYTE && restarted === null) {
        restarted = own.stop().then(() => own.start());
      }
    },
  });
  await restarted;
  assert.equal(result.sha256, digest);
});

test('a hop that refuses frames above 32 KiB with 1009 gets smaller ones', async (t) => {
  const proxy = keep(t, await LimitingProxy.start(server.url, 32_768));
  const client = keep(t, new Client(proxy.url));
  const result = await client.send(payload);
  assert.equal(result.sha256, digest);
  assert.equal(proxy.refused, 1);
  assert.ok(proxy.largest <= 32_768 && proxy.largest > 30_000);
});

test('chunks are as large as the server takes, and no larger', async (t) => {
  const own = keep(t, await Server.start({ 'Limits:FrameBytes': 20_000 }));
  const client = keep(t, new Client(own.url));
  const result = await client.send(payload.subarray(0, MEBIBYTE));
  assert.equal(result.connections, 1);
  assert.equal(result.chunks, Math.ceil(MEBIBYTE / 19_952));
});

test('an id that another process began goes on there', async (t) => {
  const id = newId();
  const proxy = keep(t, await CuttingProxy.start(server.port));
  proxy.cutUpAfter = [10 * MEBIBYTE];
  const first = keep(t, new Client(proxy.url, { giveUpAfterMs: 60_000 }));
  const controller = new AbortController();
  await assert.rejects(first.send(payload, {
    id,
    signal: controller.signal,
    onProgress({ kind }) {
      if (kind === 'disconnected') {
        controller.abort();
      }
    },
  }), { name: 'AbortError' });
  await first.close();
  proxy.dispose();

  const second = keep(t, new Client(server.url));
  const result = await second.send(payload, { id, checkDigest: true });
  assert.equal(result.sha256, digest);
  assert.ok(result.sentBytes < payload.length, `${result.sentBytes} bytes were sent`);
});

test('a server that does not echo the subprotocol, or refuses, ends the send at once', async (t) => {
  const mute = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false });
  await once(mute, 'listening');
  t.after(() => {
    mute.clients.forEach((client) => client.terminate());
    mute.close();
  });
  const refusing = createServer((_, response) => response.writeHead(403).end()).listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  t.after(() => refusing.close());
  const refused = keep(t, new Client(`ws://127.0.0.1:${refusing.address().port}/ws`));
  await assert.rejects(refused.send('x'), { code: 'CONNECTION_FAILED', message: /403/ });
  await assert.rejects(refused.send('x'), { code: 'CONNECTION_FAILED', message: /403/ });
  const unheard = keep(t, new Client(`ws://127.0.0.1:${mute.address().port}/ws`));
  await assert.rejects(unheard.send('x'), { code: 'CONNECTION_FAILED', message: /subprotocol/ });
});

test('without any server the send gives up after its time', async (t) => {
  const client = keep(t, new Client('ws://127.0.0.1:9/ws', { giveUpAfterMs: 700 }));
  await assert.rejects(client.send('x'), { code: 'CONNECTION_FAILED', message: /gave up after 0.7 s/ });
});
