import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Delivery } from '../src/core/delivery.js';
import { UNKNOWN_SIZE } from '../src/core/frames.js';
import { newId } from './support/ids.js';

const chunk = (offset, length, last = false, totalSize = UNKNOWN_SIZE) => ({ offset: BigInt(offset), totalSize, last, payload: new Uint8Array(length) });
const delivery = (size) => new Delivery({ id: newId(), size });

test('an empty last chunk may follow the last byte', () => {
  const some = delivery(5);
  assert.equal(some.take(chunk(0, 5)).length, 5);
  assert.ok(some.isWhole && !some.sawLast);
  assert.equal(some.take(chunk(5, 0, true)).length, 0);
  assert.ok(some.sawLast);
});

test('a chunk that is not the next one breaks the protocol', () => {
  for (const [what, chunks] of [
    ['behind the last one', [chunk(0, 5, true), chunk(5, 0, true)]],
    ['over a gap', [chunk(0, 2), chunk(3, 2)]],
    ['once more', [chunk(0, 2), chunk(0, 2)]],
    ['beyond the end', [chunk(0, 6)]],
    ['the last before the end', [chunk(0, 4, true)]],
    ['of another size', [chunk(0, 2, false, 6n)]],
  ]) {
    const some = delivery(5);
    for (const good of chunks.slice(0, -1)) {
      some.take(good);
    }
    assert.throws(() => some.take(chunks.at(-1)), /broke the protocol/, what);
  }
});
