import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client } from '../src/node.js';
import { newId } from './support/ids.js';
import { keep } from './support/keep.js';
import { CuttingProxy } from './support/proxy.js';
import { randomBytes, seed } from './support/random.js';
import { Server } from './support/server.js';

const MEBIBYTE = 1 << 20;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

let server;
let client;

before(async () => {
  server = await Server.start();
  client = new Client(server.url);
});

after(async () => {
  await client.close();
  await server.dispose();
});

const newChannel = () => `c-${newId()}`;

async function collect(body) {
  const pieces = [];
  for await (const piece of body) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function nextOf(subscription) {
  const { value } = await subscription.next();
  return value;
}

test(`a message comes with all that its sender said, and streamed (seed ${seed})`, async (t) => {
  const channel = newChannel();
  const payload = randomBytes(5 * MEBIBYTE + 3);
  const { id } = await client.send(payload, { channel, contentType: 'a/b', headers: { k: 'v' } });
  for await (const message of client.subscribe(channel)) {
    const { size, contentType, contentEncoding, headers, attempt } = message;
    assert.deepEqual(
      { id: message.id, channel: message.channel, size, sha256: message.sha256, contentType, contentEncoding, headers, attempt },
      { id, channel, size: payload.length, sha256: sha256(payload), contentType: 'a/b', contentEncoding: 'identity', headers: { k: 'v' }, attempt: 1 });
    assert.equal(sha256(await collect(message.body)), sha256(payload));
    await message.complete();
    await message.complete();
    break;
  }
});

test('messages of any size come one after the other, empty ones too, and none twice', async (t) => {
  const channel = newChannel();
  const sent = [];
  for (const size of [0, 1, 100_000, 3 * MEBIBYTE, 7]) {
    const bytes = randomBytes(size);
    const { id } = await client.send(bytes, { channel });
    sent.push({ id, sha256: sha256(bytes) });
  }
  const received = [];
  for await (const message of client.subscribe(channel)) {
    received.push({ id: message.id, sha256: sha256(await message.bytes()) });
    await message.complete();
    if (received.length === sent.length) {
      break;
    }
  }
  assert.deepEqual(received, sent);
});

test('a message that is given back comes again, as the next attempt', async (t) => {
  const channel = newChannel();
  await client.send('again', { channel });
  const attempts = [];
  for await (const message of client.subscribe(channel)) {
    attempts.push(message.attempt);
    if (attempts.length < 3) {
      message.retry(attempts.length === 1 ? 50 : undefined);
      await assert.rejects(message.complete(), { code: 'MESSAGE_LOST' });
    } else {
      assert.equal(await message.text(), 'again');
      await message.complete();
      break;
    }
  }
  assert.deepEqual(attempts, [1, 2, 3]);
});

test('a message that was not answered goes back when the next one is asked for, and when the loop is left', async (t) => {
  const channel = newChannel();
  await client.send('x', { channel });
  const first = client.subscribe(channel);
  assert.equal((await nextOf(first)).attempt, 1);
  assert.equal((await nextOf(first)).attempt, 2);
  await first.return();
  const second = client.subscribe(channel);
  const message = await nextOf(second);
  assert.equal(message.attempt, 3);
  await message.complete();
  await second.return();
});

test('a body goes on where it was when its connection is cut, three times', async (t) => {
  const channel = newChannel();
  const payload = randomBytes(12 * MEBIBYTE);
  await client.send(payload, { channel });
  const proxy = keep(t, await CuttingProxy.start(server.port));
  proxy.cutDownAfter = [2 * MEBIBYTE, 5 * MEBIBYTE, 6 * MEBIBYTE];
  const receiver = keep(t, new Client(proxy.url));
  for await (const message of receiver.subscribe(channel)) {
    assert.equal(sha256(await collect(message.body)), sha256(payload));
    assert.equal(message.attempt, 4);
    await message.complete();
    break;
  }
  assert.equal(proxy.connections, 4);
});

test('a message that was completed while its connection was lost is not shown again', async (t) => {
  const channel = newChannel();
  await client.send('first', { channel });
  const proxy = keep(t, await CuttingProxy.start(server.port));
  const receiver = keep(t, new Client(proxy.url));
  const shown = [];
  const subscription = receiver.subscribe(channel);
  for await (const message of subscription) {
    const text = await message.text();
    shown.push(text);
    if (text === 'first') {
      proxy.cut();
      await new Promise(setImmediate);
      await message.complete();
      await client.send('second', { channel });
    } else {
      await message.complete();
      break;
    }
  }
  assert.deepEqual(shown, ['first', 'second']);
});

test('a body whose place another message takes is lost, and the loop goes on', async (t) => {
  const channel = newChannel();
  const large = randomBytes(8 * MEBIBYTE);
  await client.send(large, { channel });
  const proxy = keep(t, await CuttingProxy.start(server.port));
  proxy.cutDownAfter = [2 * MEBIBYTE];
  const receiver = keep(t, new Client(proxy.url, { backoffBaseMs: 1_000 }));
  const subscription = receiver.subscribe(channel, { redeliveryTimeoutMs: 1 });
  const message = await nextOf(subscription);
  await assert.rejects(collect(message.body), { code: 'MESSAGE_LOST' });
  const again = await nextOf(subscription);
  assert.equal(again.id, message.id);
  assert.equal(sha256(await again.bytes()), sha256(large));
  await again.complete();
});

test('a receiver that reads slowly holds the server back, not the memory', async (t) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc');
  const channel = newChannel();
  const payload = randomBytes(64 * MEBIBYTE);
  await client.send(payload, { channel });
  const receiver = keep(t, new Client(server.url));
  const digest = createHash('sha256');
  let largest = 0;
  collectGarbage();
  const atFirst = process.memoryUsage().arrayBuffers;
  for await (const message of receiver.subscribe(channel)) {
    let read = 0;
    for await (const piece of message.body) {
      digest.update(piece);
      read += piece.length;
      if (read % (8 * MEBIBYTE) < piece.length) {
        await new Promise((resolve) => {
          setTimeout(resolve, read > 9 * MEBIBYTE ? 20 : 1_500);
        });
        collectGarbage();
        largest = Math.max(largest, process.memoryUsage().arrayBuffers - atFirst);
      }
    }
    await message.complete();
    break;
  }
  assert.equal(digest.digest('hex'), sha256(payload));
  assert.ok(largest < 24 * MEBIBYTE, `${largest} bytes`);
});

test('compressed payloads come out plain, or as they were sent, and not beyond the cap', async (t) => {
  const channel = newChannel();
  const text = 'all work and no play '.repeat(20_000);
  await client.send(text, { channel, compress: 'gzip' });
  await client.send(text, { channel, compress: 'br' });
  await client.send(text, { channel, compress: 'gzip' });
  const subscription = client.subscribe(channel);
  for (const encoding of ['gzip', 'br']) {
    const message = await nextOf(subscription);
    assert.equal(message.contentEncoding, encoding);
    assert.ok(message.size < text.length / 10);
    assert.equal(await message.text(), text);
    await message.complete();
  }
  await subscription.return();

  const capped = client.subscribe(channel, { maxDecompressedBytes: 10_000 });
  const bomb = await nextOf(capped);
  await assert.rejects(bomb.text(), { code: 'DECOMPRESSED_TOO_BIG' });
  bomb.retry();
  await capped.return();

  const raw = client.subscribe(channel, { decompress: false });
  const message = await nextOf(raw);
  assert.equal((await message.bytes()).length, message.size);
  await message.complete();
  await raw.return();
});

test('with several in flight they are read side by side', async (t) => {
  const channel = newChannel();
  const payloads = Array.from({ length: 3 }, () => randomBytes(3 * MEBIBYTE));
  for (const payload of payloads) {
    await client.send(payload, { channel });
  }
  const subscription = client.subscribe(channel, { inFlight: 3 });
  const messages = [await nextOf(subscription), await nextOf(subscription), await nextOf(subscription)];
  const digests = await Promise.all(messages.map(async (message) => sha256(await message.bytes())));
  assert.deepEqual(digests, payloads.map(sha256));
  await Promise.all(messages.map((message) => message.complete()));
  await subscription.return();
});

test('one that is not read while others wait behind it is given back', async (t) => {
  const channel = newChannel();
  await client.send(randomBytes(6 * MEBIBYTE), { channel });

  // Larger than its buffer, and soon read: what comes again of the first must not wait for it in turn.
  await client.send(randomBytes(1.5 * MEBIBYTE), { channel });
  const subscription = client.subscribe(channel, { inFlight: 2, stallTimeoutMs: 300 });
  const [one, two] = [await nextOf(subscription), await nextOf(subscription)];
  await two.bytes();
  await two.complete();
  const again = await nextOf(subscription);
  assert.equal(again.id, one.id);
  assert.equal(again.attempt, 2);
  await assert.rejects(one.bytes(), { code: 'MESSAGE_LOST' });
  await again.complete();
  await subscription.return();
});

test('receiving ends with its signal, and with its client', async (t) => {
  const controller = new AbortController();
  const waiting = client.subscribe(newChannel(), { signal: controller.signal }).next();
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(waiting, { name: 'AbortError' });

  const other = keep(t, new Client(server.url));
  const ending = other.subscribe(newChannel()).next();
  setTimeout(() => other.close(), 50);
  assert.deepEqual(await ending, { done: true, value: undefined });
});

test('a receiver waits through a restart of the server', async (t) => {
  const own = keep(t, await Server.start());
  const channel = newChannel();
  const receiver = keep(t, new Client(own.url));
  const next = receiver.subscribe(channel).next();
  await receiver.send('warm', { channel: 'other' });
  await own.kill();
  await own.start();
  await receiver.send('hello', { channel });
  const { value: message } = await next;
  assert.equal(await message.text(), 'hello');
  await message.complete();
});
