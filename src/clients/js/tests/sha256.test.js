import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Sha256 } from '../src/core/sha256.js';
import { newRandom, randomBytes, seed } from './support/random.js';

const sha256 = (...pieces) => {
  const digest = new Sha256();
  pieces.forEach((piece) => digest.update(piece));
  return digest.hex();
};

test('the examples of FIPS 180-4 and the message of a million a', () => {
  const text = (value) => new TextEncoder().encode(value);
  assert.equal(sha256(), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assert.equal(sha256(text('abc')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(
    sha256(text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')), '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
  assert.equal(sha256(text('a'.repeat(1_000_000))), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
});

test(`every length and every split give what node:crypto gives (seed ${seed})`, () => {
  const random = newRandom();
  const bytes = randomBytes(5_000, random);
  for (let length = 0; length < 400; length++) {
    const part = bytes.subarray(0, length);
    const expected = createHash('sha256').update(part).digest('hex');
    const one = Math.floor(random() * length);
    const two = one + Math.floor(random() * (length - one));
    assert.equal(sha256(part), expected, `${length} bytes`);
    assert.equal(sha256(part.subarray(0, one), part.subarray(one, two), part.subarray(two)), expected, `${length} bytes split at ${one} and ${two}`);
  }
});
