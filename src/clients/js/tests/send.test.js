import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { Client, openFile } from '../src/node.js';
import { newId } from './support/ids.js';
import { randomBytes, seed } from './support/random.js';
import { Server } from './support/server.js';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const payload = randomBytes(3_000_001);
let server;
let client;

before(async () => {
  server = await Server.start({ 'Limits:MessageBytes': 100_000_000 });
  client = new Client(server.url);
});

after(async () => {
  await client.close();
  await server.dispose();
});

async function checkSent(result, bytes = payload) {
  assert.equal(result.state, 'committed');
  assert.equal(result.size, bytes.length);
  assert.equal(result.sha256, sha256(bytes));
  const stored = await server.payload(result.id);
  assert.equal(sha256(new Uint8Array(await stored.arrayBuffer())), sha256(bytes));
}

function* pieces(bytes, length) {
  for (let at = 0; at < bytes.length; at += length) {
    yield bytes.subarray(at, at + length);
  }
}

const kinds = {
  'a Uint8Array': () => payload,
  'an ArrayBuffer': () => payload.buffer.slice(0, payload.length),
  'a part of a buffer': () => Buffer.concat([Buffer.from('before'), payload, Buffer.from('after')]).subarray(6, 6 + payload.length),
  'a Blob': () => new Blob([payload.subarray(0, 1_000_000), payload.subarray(1_000_000)]),
  'an iterable': () => pieces(payload, 7_777),
  'a stream of Node': () => Readable.from(pieces(payload, 100_000)),
  'a ReadableStream': () => new Blob([payload]).stream(),
  'an async generator with empty and large pieces': async function* generate() {
    yield new Uint8Array(0);
    yield payload.subarray(0, 1);
    await new Promise(setImmediate);
    yield payload.subarray(1, 2_500_000);
    yield payload.subarray(2_500_000);
    yield new Uint8Array(0);
  },
};

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind} arrives as it was (seed ${seed})`, async () => {
    const value = make();
    await checkSent(await client.send(typeof value === 'function' ? value() : value, { checkDigest: true }));
  });
}

test('a file arrives as it was, and its digest is checked at both ends', async () => {
  const file = path.join(tmpdir(), `reassembly-js-${newId()}`);
  await writeFile(file, payload);
  const opened = await openFile(file);
  try {
    await checkSent(await client.send(opened, { checkDigest: true }));
  } finally {
    await opened.close();
    await rm(file);
  }
});

test('a text and an empty payload arrive', async () => {
  await checkSent(await client.send('grüße'), new TextEncoder().encode('grüße'));
  await checkSent(await client.send(new Uint8Array(0)), new Uint8Array(0));
  await checkSent(await client.send([]), new Uint8Array(0));
});

test('what is said about a message reaches the server', async () => {
  const { id } = await client.send('x', { channel: 'invoices', contentType: 'text/plain', headers: { a: 'b' } });
  assert.equal((await server.payload(id)).headers.get('content-type'), 'text/plain');
});

test('compressed payloads are compressed before they are cut, and come out whole', async () => {
  const text = new TextEncoder().encode('all work and no play '.repeat(100_000));
  for (const [compress, unpack] of [['gzip', gunzipSync], ['br', brotliDecompressSync]]) {
    const result = await client.send(new Blob([text]), { compress });
    assert.ok(result.size < text.length / 20, `${compress}: ${result.size} bytes`);
    const stored = await fetch(`${server.http}/messages/${result.id}`, { headers: { 'accept-encoding': 'identity' } });
    const bytes = new Uint8Array(await stored.arrayBuffer());
    assert.equal(sha256(bytes.length === text.length ? bytes : unpack(bytes)), sha256(text));
  }
});

test('progress tells what is durable, and ends with all', async () => {
  const seen = [];
  await client.send(randomBytes(20_000_000), { onProgress: ({ kind, durable, total }) => seen.push({ kind, durable, total }) });
  assert.ok(seen.length > 1);
  assert.ok(seen.every(({ kind, durable, total }, at) => kind === 'bytes' && total === 20_000_000 && (at === 0 || durable > seen[at - 1].durable)));
});

test('many messages share one connection, and a small one does not wait for a large one', async () => {
  const order = [];
  const large = randomBytes(40_000_000);
  const sends = [
    client.send(large).then((result) => order.push('large') && checkSent(result, large)),
    ...Array.from({ length: 20 }, () => client.send(payload.subarray(0, 1_000)).then((result) => order.push('small') && checkSent(result, payload.subarray(0, 1_000)))),
  ];
  await Promise.all(sends);
  assert.equal(order.at(-1), 'large');
});

test('the same id again is answered with the same outcome', async () => {
  const id = newId();
  await client.send(payload, { id });
  const again = await client.send(payload, { id });
  assert.equal(again.sentBytes, 0);
  await checkSent(again);
});

test('a message that is too big is refused with the limit, and the connection lives on', async () => {
  const huge = { size: 200_000_000, read: async (from, to) => new Uint8Array(to - from) };
  await assert.rejects(client.send(huge), (error) => {
    assert.equal(error.code, 'MESSAGE_TOO_BIG');
    assert.equal(error.state, 'rejected');
    assert.equal(error.limit.max, 100_000_000);
    return true;
  });
  await checkSent(await client.send(payload));
});

test('another digest than that of the payload is refused', async () => {
  await assert.rejects(client.send(payload, { sha256: '0'.repeat(64) }), { code: 'DIGEST_MISMATCH', state: 'rejected' });
});

test('a stream that ends before its announced size is refused here', async () => {
  await assert.rejects(client.send(pieces(payload, 1_000), { size: payload.length + 1 }), { code: 'PAYLOAD_MISMATCH' });
});

test('a stream that fails fails the send with its own error', async () => {
  const fault = new Error('disk on fire');
  const failing = async function* generate() {
    yield payload;
    throw fault;
  };
  await assert.rejects(client.send(failing()), (error) => error === fault);
});

test('a send that is cancelled ends, and the message with it', async (t) => {
  const patient = new Client(server.url, { abortTimeoutMs: 60_000 });
  t.after(() => patient.close());
  const id = newId();
  const controller = new AbortController();
  let isClosed = false;
  const endless = async function* generate() {
    try {
      for (;;) {
        yield payload.subarray(0, 100_000);
      }
    } finally {
      isClosed = true;
    }
  };
  const sending = patient.send(endless(), { id, signal: controller.signal, onProgress: () => controller.abort() });
  await assert.rejects(sending, { name: 'AbortError' });
  const status = await (await fetch(`${server.http}/messages/${id}/status`)).json();
  assert.equal(status.state, 'aborted', JSON.stringify(status));
  assert.ok(isClosed);
});

test('what cannot be sent is told at once', async () => {
  await assert.rejects(client.send(payload, { chanel: 'x' }), { name: 'TypeError', message: /chanel/ });
  await assert.rejects(client.send(payload, { id: 'X' }), TypeError);
  await assert.rejects(client.send(payload, { compress: 'zstd' }), TypeError);
  await assert.rejects(client.send(5), TypeError);
  await assert.rejects(client.send([1, 2, 3]), TypeError);
  await assert.rejects(client.send(payload, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.throws(() => new Client('http://127.0.0.1/ws'), TypeError);
  assert.throws(() => new Client(server.url, { chunkBytes: 0 }), RangeError);
});

test('a client that is closed ends its sends', async () => {
  const closing = new Client(server.url);
  const never = async function* generate() {
    yield payload;
    await new Promise(() => {});
  };
  const sending = closing.send(never(), { onProgress: () => closing.close() });
  await assert.rejects(sending, { code: 'CLOSED' });
  await assert.rejects(closing.send(payload), { code: 'CLOSED' });
  assert.throws(() => closing.subscribe(), { code: 'CLOSED' });
});
