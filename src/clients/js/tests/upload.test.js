import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upload } from '../src/core/upload.js';
import { newId } from './support/ids.js';
import { ModelServer } from './support/model-server.js';
import { newRandom, randomBytes, seed } from './support/random.js';

const times = { ackTimeoutMs: 1_000, giveUpAfterMs: 60_000, maxUnackedBytes: 5_000 };
const link = { min: 64, max: 256, windowBytes: 3_000, idleMs: 60_000 };
const noBackoff = { next: () => 10, reset() {} };

/** A whole source of that many bytes, or a stream of which so many have come. */
const view = (available, size = available, oldest = 0) => ({ oldest, available, size });

function newUpload({ size = null, mayBeKnown = false, now = 0 } = {}) {
  return new Upload({ id: newId(), size, mayBeKnown, times, backoff: noBackoff, now });
}

test('nothing is sent beyond the credit, and more as soon as it grows', () => {
  const upload = newUpload({ size: 10_000 });
  upload.attach({ ...link, windowBytes: 600 }, 0);
  assert.equal(upload.next(view(10_000), 0).kind, 'open');
  const sent = drain(upload, view(10_000));
  assert.deepEqual(sent, [[0, 256], [256, 512]]);
  upload.onAck({ durable: 256, missing: [], credit: 856 }, true, 0);
  assert.deepEqual(drain(upload, view(10_000)), [[512, 768]]);
});

test('a lost connection is followed by a question, and by what the answer misses', () => {
  const upload = newUpload({ size: 2_000 });
  upload.attach(link, 0);
  upload.next(view(2_000), 0);
  upload.onAck({ durable: 0, missing: [], credit: 3_000 }, true, 0);
  drain(upload, view(2_000));
  upload.attach(link, 5);
  assert.equal(upload.next(view(2_000), 5).kind, 'ask');
  assert.equal(upload.next(view(2_000), 5).kind, 'wait');
  upload.onAck({ durable: 256, missing: [[256, 512], [1_024, 1_280]], credit: 9_000 }, true, 5);
  assert.deepEqual(drain(upload, view(2_000)), [[256, 512], [1_024, 1_280], [1_280, 1_536], [1_536, 1_792], [1_792, 2_000]]);
});

test('a server that knows nothing gets all again, which a stream that has let go cannot give', () => {
  for (const [oldest, kind] of [[0, 'open'], [100, 'fail']]) {
    const upload = newUpload();
    upload.attach(link, 0);
    upload.next(view(1_000), 0);
    drain(upload, view(1_000));
    upload.onAck({ durable: 100, missing: [], credit: 9_000 }, true, 0);
    upload.attach(link, 0);
    assert.equal(upload.next(view(1_000, 1_000, oldest), 0).kind, 'ask');
    upload.onError({ code: 'UNKNOWN_MESSAGE', id: 'x', retryable: false, message: '' }, 0);
    const step = upload.next(view(1_000, 1_000, oldest), 0);
    assert.equal(step.kind, 'open');
    assert.equal(upload.next(view(1_000, 1_000, oldest), 0).kind, kind === 'open' ? 'send' : 'fail');
  }
});

test('what may be tried again waits as long as the server says, then asks', () => {
  const upload = newUpload({ size: 1_000 });
  upload.attach(link, 0);
  upload.next(view(1_000), 0);
  upload.onAck({ durable: 0, missing: [], credit: 3_000 }, true, 0);
  drain(upload, view(1_000));
  upload.onError({ code: 'OVERLOADED', retryable: true, retryAfterMs: 500, message: 'later' }, 100);
  assert.deepEqual(upload.next(view(1_000), 100), { kind: 'wait', until: 600 });
  assert.equal(upload.next(view(1_000), 600).kind, 'ask');
  upload.onAck({ durable: 512, missing: [], credit: 9_000 }, true, 601);
  assert.deepEqual(drain(upload, view(1_000), 601), [[512, 768], [768, 1_000]]);
});

test('an open that nobody answered is said again, since it may be what was lost', () => {
  const upload = newUpload({ size: 100 });
  upload.attach(link, 0);
  assert.equal(upload.next(view(100), 0).kind, 'open');
  upload.attach(link, 0);
  assert.equal(upload.next(view(100), 0).kind, 'ask');
  upload.onAck({ durable: 0, missing: [], credit: 3_000 }, true, 0);
  assert.equal(upload.next(view(100), 0).kind, 'open');
});

test('what may not ends the upload, if it is about this message', () => {
  const upload = newUpload({ size: 1_000 });
  upload.attach(link, 0);
  upload.next(view(1_000), 0);
  upload.onError({ code: 'BAD_FRAME', retryable: false, message: 'of somebody else' }, 0);
  assert.equal(upload.next(view(1_000), 0).kind, 'send');
  upload.onError({ code: 'DATA_CONFLICT', id: 'x', retryable: false, message: 'other bytes' }, 0);
  const step = upload.next(view(1_000), 0);
  assert.equal(step.kind, 'fail');
  assert.equal(step.error.code, 'DATA_CONFLICT');
});

test('silence is asked about, and ends after the time for it', () => {
  const upload = newUpload({ size: 100 });
  upload.attach(link, 0);
  upload.next(view(100), 0);
  drain(upload, view(100));
  assert.deepEqual(upload.next(view(100), 10), { kind: 'wait', until: 1_000 });
  assert.equal(upload.next(view(100), 1_000).kind, 'ask');
  assert.equal(upload.next(view(100), 60_000).error.code, 'NO_PROGRESS');
});

test('a slow source keeps its message alive and is not given up', () => {
  const upload = newUpload();
  upload.attach(link, 0);
  upload.next(view(100, null), 0);
  assert.deepEqual(drain(upload, view(100, null)), [[0, 100]]);
  upload.onAck({ durable: 100, missing: [], credit: 9_000 }, true, 0);
  for (let now = 0; now < 300_000; now += 20_000) {
    assert.deepEqual(upload.next(view(100, null), now), now === 0 ? { kind: 'wait', until: 20_000 } : { kind: 'open' });
  }
});

test(`a message arrives whole whatever happens on its way (seed ${seed})`, () => {
  const random = newRandom();
  for (let round = 0; round < 400; round++) {
    simulate(random, round);
  }
});

function drain(upload, source, now = 0) {
  const sent = [];
  for (let step = upload.next(source, now); step.kind === 'send'; step = upload.next(source, now)) {
    sent.push([step.from, step.to]);
    upload.onSent(step, now);
  }
  return sent;
}

/** One upload against a server whose chunks get lost, whose connections end, which says "later", or which forgets all. */
function simulate(random, round) {
  const below = (limit) => Math.floor(random() * limit);
  const content = randomBytes(below(20_000), random);
  const isStream = random() < 0.5;
  const size = isStream ? null : content.length;
  const limits = { min: 1 + below(200), max: 200 + below(400), windowBytes: 1_000 + below(5_000) };
  const server = new ModelServer(20_000, limits);
  const upload = newUpload({ size, mayBeKnown: random() < 0.2 });
  let now = 0;
  let [available, end] = isStream ? [0, null] : [content.length, content.length];
  let wire = [];
  const connect = () => {
    // What was on the old wire is lost, from somewhere on.
    wire.splice(below(wire.length + 1));
    deliver();
    wire = [];
    if (!isStream && server.outcome === null && random() < 0.1) {
      server.forget();
    }
    upload.attach({ ...limits, idleMs: 60_000 }, now);
  };
  const answer = (isCurrent) => {
    if (server.outcome) {
      upload.onOutcome(server.outcome);
    } else {
      upload.onAck(server.ack(), isCurrent, now);
    }
  };
  const deliver = () => {
    for (const { kind, from, to, last } of wire.splice(0)) {
      if (kind === 'ask' && !server.isKnown) {
        upload.onError({ code: 'UNKNOWN_MESSAGE', id: 'x', retryable: false, message: '' }, now);
        continue;
      }
      if (kind === 'send') {
        if (random() < 0.01) {
          upload.onError({ code: 'CRC_MISMATCH', id: 'x', retryable: true, message: '' }, now);
          continue;
        }
        server.chunk(from, content.subarray(from, to), last, size);
      } else if (kind === 'open') {
        server.open(size);
      }
      if (kind !== 'send' || random() < 0.3) {
        answer(true);
      }
    }
  };

  connect();
  for (let steps = 0; upload.outcome === null; steps++) {
    assert.ok(steps < 20_000, `round ${round} does not end: ${content.length} bytes, ${JSON.stringify(limits)}`);
    const step = upload.next({ oldest: 0, available, size: end }, now);
    if (step.kind === 'send') {
      assert.ok(step.to <= server.credit + limits.windowBytes, `round ${round}: beyond any credit`);
      upload.onSent(step, now);
      wire.push(step);
    } else if (step.kind === 'wait') {
      if (random() < 0.3) {
        available = Math.min(content.length, available + 1 + below(3_000));
        end = available === content.length && random() < 0.5 ? available : end;
      }
      deliver();
      if (random() < 0.5) {
        answer(true);
      }
      now += 1 + below(300);
    } else if (step.kind === 'fail') {
      assert.fail(`round ${round}: ${step.error.message}`);
    } else if (step.kind !== 'finish') {
      wire.push(step);
    }
    if (random() < 0.01) {
      connect();
    }
    if (random() < 0.3) {
      deliver();
    }
  }
  assert.deepEqual(server.content, content, `round ${round}`);
}
