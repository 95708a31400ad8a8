import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import wabt from 'wabt';
import { MODULE } from '../src/core/crc32c-wasm.js';
import { crc32c, frameMemory } from '../src/core/crc32c.js';
import { newRandom, randomBytes, seed } from './support/random.js';
import { fromHex, vectors } from './support/vectors.js';

/** The same bytes where WebAssembly does the work. */
function inFrame(bytes, at = 0) {
  frameMemory.set(bytes, at);
  return frameMemory.subarray(at, at + bytes.length);
}

test('the checksum is that of the vectors', () => {
  for (const { name, hex, crc32c: expected } of vectors('crc32c.json')) {
    assert.equal(crc32c(fromHex(hex)).toString(16).padStart(8, '0'), expected, name);
    assert.equal(crc32c(inFrame(fromHex(hex))).toString(16).padStart(8, '0'), expected, `${name}, in WebAssembly`);
  }
});

test('the WebAssembly module is what its source says, and is used', async () => {
  const { parseWat } = await wabt();
  const { buffer } = parseWat('crc32c.wat', readFileSync(new URL('../src/core/crc32c.wat', import.meta.url), 'utf8')).toBinary({});
  assert.equal(MODULE, Buffer.from(buffer).toString('base64'));
  assert.ok(frameMemory.buffer.byteLength > frameMemory.length, 'the frame lies in the memory of the module');
});

test(`every length, every alignment and every split give the same checksum (seed ${seed})`, () => {
  const random = newRandom();
  const bytes = randomBytes(140_000, random);
  const bitwise = (from, to) => {
    let state = -1;
    for (let at = from; at < to; at++) {
      state ^= bytes[at];
      for (let bit = 0; bit < 8; bit++) {
        state = state & 1 ? (state >>> 1) ^ 0x82f63b78 : state >>> 1;
      }
    }
    return ~state >>> 0;
  };
  for (let round = 0; round < 300; round++) {
    const from = Math.floor(random() * 1_000);
    const to = from + (round < 200 ? round : Math.floor(random() * 119_000));
    const split = from + Math.floor(random() * (to - from));
    const expected = bitwise(from, to);
    assert.equal(crc32c(bytes.subarray(from, to)), expected, `bytes ${from} to ${to}`);
    assert.equal(crc32c(inFrame(bytes.subarray(from, to), round)), expected, `bytes ${from} to ${to}, in WebAssembly`);
    assert.equal(crc32c(bytes.subarray(split, to), crc32c(bytes.subarray(from, split))), expected, `split at ${split}`);
  }

  // Where folding begins, and where the room for a frame ends.
  for (const length of [9_279, 9_280, 9_281, 9_295, 9_296, 131_071, 131_072]) {
    assert.equal(crc32c(inFrame(bytes.subarray(0, length))), bitwise(0, length), `${length} bytes, in WebAssembly`);
  }
});
