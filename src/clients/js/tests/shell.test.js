import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { HEADER_BYTES, readFrame, writeHeader } from '../src/core/frames.js';
import { idBytes } from '../src/core/ids.js';
import { Client } from '../src/node.js';
import { newId } from './support/ids.js';
import { keep } from './support/keep.js';
import { randomBytes } from './support/random.js';

const limits = {
  frameBytes: 4_096, chunkBytes: 4_048, minChunkBytes: 1, messageBytes: 2 ** 30, openMessages: 10, windowBytes: 100_000,
  idleSeconds: 60, messageSeconds: 3_600, retentionSeconds: 3_600,
};

/** A server that says what a test wants it to say. */
async function script(t, onMessage) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => {
    server.clients.forEach((client) => client.terminate());
    server.close();
  });
  server.connections = 0;
  server.on('connection', (socket) => {
    const number = ++server.connections;
    const tell = (message) => socket.send(JSON.stringify(message));
    tell({ type: 'welcome', protocol: 'reassembly.v1', connection: `c-${number}`, node: 'n', durability: 'memory', limits });
    socket.on('message', (data, isBinary) => onMessage({ number, tell, socket, message: isBinary ? null : JSON.parse(data), frame: isBinary ? readFrame(data) : null }));
  });
  await once(server, 'listening');
  server.url = `ws://127.0.0.1:${server.address().port}/ws`;
  return server;
}

/** A message in one chunk. */
function onlyFrame(id, content) {
  const frame = new Uint8Array(HEADER_BYTES + content.length);
  frame.set(content, HEADER_BYTES);
  writeHeader(frame, { id: idBytes(id), sequence: 0, offset: 0, size: content.length, last: true });
  return frame;
}

test('after goaway nothing new is sent over the old connection once there is another, and nothing twice', async (t) => {
  const store = new Map();
  const seen = [];
  const acks = [];
  const server = await script(t, ({ number, tell, message, frame }) => {
    const durable = () => Math.max(0, ...store.values());
    const ack = (id) => tell({ type: 'ack', id, durable: durable(), missing: [], credit: durable() + 20_000 });
    if (message?.type === 'open' || message?.type === 'status') {
      seen.push(`${number} ${message.type}`);
      ack(message.id);
      return;
    }
    if (!frame) {
      return;
    }
    seen.push(`${number} ${frame.offset}`);
    if (number === 1) {
      // What came before goaway is acked late: only when the other connection is there.
      acks.push(() => {
        store.set(frame.offset, Number(frame.offset) + frame.payload.length);
        ack(frame.id);
      });
      if (acks.length === 4) {
        tell({ type: 'goaway', reason: 'going', graceMs: 60_000 });
        const timer = setInterval(() => {
          if (server.connections === 2) {
            clearInterval(timer);
            acks.forEach((late) => late());
          }
        }, 10);
      }
    } else {
      store.set(frame.offset, Number(frame.offset) + frame.payload.length);
      if (frame.last) {
        tell({ type: 'outcome', id: frame.id, state: 'committed', size: durable() });
      } else {
        ack(frame.id);
      }
    }
  });
  const client = keep(t, new Client(server.url, { maxUnackedBytes: 4 * limits.chunkBytes }));
  const result = await client.send(randomBytes(40_000));
  assert.equal(result.resentBytes, 0);
  assert.equal(result.connections, 2);
  assert.equal(seen.filter((line) => line.startsWith('1 ') && !line.includes('open')).length, 4, seen.join(', '));
  assert.equal(seen[5], '2 status');
});

test('a frame that a hop names as too big is followed by smaller ones', async (t) => {
  const sizes = [];
  const server = await script(t, ({ tell, message, frame }) => {
    if (message?.type === 'open' || message?.type === 'status') {
      tell({ type: 'ack', id: message.id, durable: 0, missing: [], credit: 100_000 });
    } else if (frame) {
      sizes.push(frame.payload.length);
      if (frame.payload.length > 952) {
        tell({
          type: 'error', code: 'FRAME_TOO_BIG', scope: 'frame', retryable: false, message: 'too big', limit: { name: 'frameBytes', max: 1_000, actual: frame.payload.length + 48, hop: 'proxy' },
        });
      } else if (frame.last) {
        tell({ type: 'outcome', id: frame.id, state: 'committed', size: 10_000 });
      }
    }
  });
  const client = keep(t, new Client(server.url));
  await client.send(randomBytes(10_000));
  assert.deepEqual(sizes.filter((size) => size <= 952).slice(0, 10), Array(10).fill(952));
});

test('a server that is silent for good is asked, given up, and replaced', async (t) => {
  const asked = [];
  const server = await script(t, ({ number, tell, message, frame }) => {
    if (message?.type === 'ping') {
      asked.push(number);
    }
    if (number >= 2 && (message?.type === 'status' || message?.type === 'open')) {
      tell({ type: 'ack', id: message.id, durable: 0, missing: [], credit: 100_000 });
    }
    if (number >= 2 && frame?.last) {
      tell({ type: 'outcome', id: frame.id, state: 'committed', size: 100 });
    }
  });
  const client = keep(t, new Client(server.url, { silenceMs: 200, ackTimeoutMs: 60_000 }));
  const result = await client.send(randomBytes(100));
  assert.equal(asked[0], 1);
  assert.ok(result.connections >= 2, `${result.connections} connections`);
});

test('a digest is compared where it is useful', async (t) => {
  const useful = 16 * 2 ** 20;
  let size;
  let announced;
  const server = await script(t, ({ tell, message, frame }) => {
    if (message?.type === 'open' || message?.type === 'status') {
      announced ??= message.sha256;
      tell({ type: 'ack', id: message.id, durable: 0, missing: [], credit: 2 * useful });
    } else if (frame?.last) {
      tell({ type: 'outcome', id: frame.id, state: 'committed', size, sha256: '0'.repeat(64) });
    } else if (frame) {
      tell({ type: 'ack', id: frame.id, durable: Number(frame.offset) + frame.payload.length, missing: [], credit: 2 * useful });
    }
  });
  const client = keep(t, new Client(server.url));
  const cases = [
    [useful, {}, true, true],
    [useful + 1, {}, false, false],
    [useful + 1, { id: newId() }, true, false],
    [useful + 1, { checkDigest: true }, true, false],
    [7, { checkDigest: false }, false, false],
    [7, { id: newId(), checkDigest: false }, false, false],
  ];
  for (const [bytes, options, isCompared, isAnnounced] of cases) {
    size = bytes;
    for (const [kind, payload] of [['whole', new Uint8Array(size)], ['stream', Readable.from([new Uint8Array(size)])]]) {
      announced = undefined;
      const sending = client.send(payload, options);
      const name = `${kind}, ${size} bytes, ${JSON.stringify(options)}`;
      if (isCompared) {
        await assert.rejects(sending, { code: 'PAYLOAD_MISMATCH' }, name);
      } else {
        assert.equal((await sending).sha256, '0'.repeat(64), name);
      }
      assert.equal(announced, isAnnounced && kind === 'whole' ? createHash('sha256').update(payload).digest('hex') : undefined, name);
    }
  }
});

test('what goes on from elsewhere is compared as a whole, however much of it was there', async (t) => {
  const payload = randomBytes(50_000);
  const right = createHash('sha256').update(payload).digest('hex');
  let answer;
  const server = await script(t, ({ tell, message, frame }) => {
    if (message?.type === 'status') {
      tell({ id: message.id, ...answer });
    } else if (frame?.last) {
      tell({ type: 'outcome', id: frame.id, state: 'committed', size: payload.length, sha256: answer.sha256 });
    }
  });
  const client = keep(t, new Client(server.url));
  const pieces = () => Readable.from([payload.subarray(0, 7_000), payload.subarray(7_000, 30_000), payload.subarray(30_000)]);
  const committed = { type: 'outcome', state: 'committed', size: payload.length };
  const partly = { type: 'ack', durable: 20_000, missing: [], credit: 100_000 };
  for (const state of [committed, partly]) {
    for (const [name, source, size] of [['whole', () => payload], ['stream', pieces], ['stream of known size', pieces, payload.length]]) {
      const send = (sha256) => {
        answer = { ...state, sha256 };
        return client.send(source(), { id: newId(), size });
      };
      assert.equal((await send(right)).sha256, right, name);
      await assert.rejects(send('1'.repeat(64)), { code: 'PAYLOAD_MISMATCH' }, `${name}, ${state.type}`);
    }
  }
  const open = async function* () {
    yield payload;
    await new Promise(() => {});
  };
  answer = { ...committed, sha256: right };
  assert.equal((await client.send(open(), { id: newId(), size: payload.length })).sha256, right);
  answer = { ...committed, size: payload.length - 1, sha256: right };
  await assert.rejects(client.send(pieces(), { id: newId(), checkDigest: false }), { code: 'PAYLOAD_MISMATCH' });
});

test('the end of an outcome that contradicts the payload is an error', async (t) => {
  const server = await script(t, ({ tell, message, frame }) => {
    if (message?.type === 'open') {
      tell({ type: 'ack', id: message.id, durable: 0, missing: [], credit: 100_000 });
    } else if (frame?.last) {
      tell({ type: 'outcome', id: frame.id, state: 'committed', size: 100, sha256: '0'.repeat(64) });
    }
  });
  const client = keep(t, new Client(server.url));
  await assert.rejects(client.send(randomBytes(100), { checkDigest: true }), { code: 'PAYLOAD_MISMATCH' });
  await assert.rejects(client.send(randomBytes(101)), { code: 'PAYLOAD_MISMATCH' });
});

for (const [what, break_] of Object.entries({
  'a damaged chunk': (frame) => {
    frame[60] ^= 1;
  },
  'a chunk of another message': (frame) => {
    frame[10] ^= 1;
  },
})) {
  test(`${what} ends the receiver's connection, and the message comes again`, async (t) => {
    const id = newId();
    const content = randomBytes(1_000);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const server = await script(t, ({ number, tell, socket, message }) => {
      if (message?.type !== 'subscribe') {
        return;
      }
      tell({ type: 'message', id, channel: 'c', size: content.length, sha256, attempt: number });
      const frame = onlyFrame(id, content);
      if (number === 1) {
        break_(frame);
      }
      socket.send(frame);
    });
    const client = keep(t, new Client(server.url));
    const { value: received } = await client.subscribe('c').next();
    assert.deepEqual(Buffer.from(await received.bytes()), Buffer.from(content));
    assert.equal(server.connections, 2);
    await client.close();
  });
}

test('a body whose digest is another than announced fails at its end', async (t) => {
  const id = newId();
  const answers = [];
  const server = await script(t, ({ tell, socket, message }) => {
    if (message?.type === 'subscribe') {
      tell({ type: 'message', id, channel: 'c', size: 10, sha256: '0'.repeat(64), attempt: 1 });
      socket.send(onlyFrame(id, new Uint8Array(10)));
    } else if (message && message.type !== 'hello') {
      answers.push(message.type);
    }
  });
  const client = keep(t, new Client(server.url));
  const subscription = client.subscribe('c');
  const { value: received } = await subscription.next();
  await assert.rejects(received.bytes(), { code: 'PAYLOAD_MISMATCH' });
  await assert.rejects(received.complete(), { code: 'PAYLOAD_MISMATCH' });
  await subscription.return();
  assert.deepEqual(answers, ['retry']);
});
