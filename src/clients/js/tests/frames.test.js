import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upload } from '../src/core/upload.js';
import { HEADER_BYTES, readFrame, writeHeader } from '../src/core/frames.js';
import { idBytes, isId } from '../src/core/ids.js';
import { newId } from './support/ids.js';
import { fromHex, toHex, vectors } from './support/vectors.js';

test('frames are read as the vectors say', () => {
  for (const { name, frameHex, header, error } of vectors('frames.json')) {
    if (error) {
      assert.throws(() => readFrame(fromHex(frameHex)), { code: error }, name);
      continue;
    }
    const { payload, offset, totalSize, ...rest } = readFrame(fromHex(frameHex));
    assert.deepEqual({ ...rest, offset: `${offset}`, totalSize: `${totalSize}`, payloadHex: toHex(payload) }, header, name);
  }
});

test('frames in the middle of a larger buffer are read the same', () => {
  for (const { name, frameHex, header } of vectors('frames.json').filter((vector) => vector.header)) {
    const frame = fromHex(frameHex);
    const buffer = new Uint8Array(frame.length + 10);
    buffer.set(frame, 7);
    assert.equal(toHex(readFrame(buffer.subarray(7, 7 + frame.length)).payload), header.payloadHex, name);
  }
});

test('messages are cut as the vectors say', () => {
  for (const { name, id, contentHex, chunkBytes, totalKnown, frames } of vectors('cutting.json')) {
    assert.deepEqual(cutAll(fromHex(contentHex), id, chunkBytes, totalKnown), frames, name);
  }
});

test('what is written is read again, beyond 2^32 too', () => {
  const id = newId();
  for (const offset of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 4]) {
    const frame = new Uint8Array(HEADER_BYTES + 3);
    frame.set([1, 2, 3], HEADER_BYTES);
    writeHeader(frame, { id: idBytes(id), sequence: 2 ** 32 - 1, offset, size: offset + 3, last: true });
    assert.deepEqual(readFrame(frame), {
      sequence: 2 ** 32 - 1, id, offset: BigInt(offset), totalSize: BigInt(offset + 3), last: true, payload: frame.subarray(HEADER_BYTES),
    });
  }
});

test('new ids are of version 7, carry the time and differ', () => {
  const id = newId(0x0123_4567_89ab);
  assert.ok(isId(id) && id.startsWith('01234567-89ab-7'), id);
  assert.match(id[19], /[89ab]/);
  assert.notEqual(newId(), newId());
});

function cutAll(content, id, chunkBytes, totalKnown) {
  const size = totalKnown ? content.length : null;
  const times = { ackTimeoutMs: 1_000, giveUpAfterMs: 10_000, maxUnackedBytes: 1_000_000 };
  const upload = new Upload({ id, size, mayBeKnown: false, times, backoff: { next: () => 0, reset() {} }, now: 0 });
  upload.attach({ min: 1, max: chunkBytes, windowBytes: 1_000_000, idleMs: 60_000 }, 0);
  const frames = [];
  let end = size;
  for (;;) {
    const step = upload.next({ oldest: 0, available: content.length, size: end }, 0);
    if (step.kind === 'send') {
      const frame = new Uint8Array(HEADER_BYTES + step.to - step.from);
      frame.set(content.subarray(step.from, step.to), HEADER_BYTES);
      writeHeader(frame, { id: idBytes(id), sequence: step.sequence, offset: step.from, size, last: step.last });
      frames.push(toHex(frame));
      upload.onSent(step, 0);
    } else if (step.kind === 'wait' && end === null) {
      // Only now the end is seen.
      end = content.length;
    } else if (step.kind !== 'open') {
      assert.equal(step.kind, 'wait');
      return frames;
    }
  }
}
