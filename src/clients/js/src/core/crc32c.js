import { loadWasm } from './crc32c-wasm.js';

/*
 * CRC-32C goes through 16 bytes at a time. Entry b of table k is the checksum of the byte b followed by k zero bytes (without start and
 * final XOR); since the checksum is linear, that of a round is the XOR of 16 entries, one for each byte, the first of them from table 15.
 * A frame to be sent is made in the memory of a WebAssembly module, which first folds it to a few KiB with the same remainder, 16 bytes
 * an instruction (crc32c.wat says how); what was received is not copied there.
 */
const ROUND = 16;
const POLYNOMIAL = 0x82f63b78;
const TABLE_BYTES = ROUND * 256 * 4;
const FRAME_BYTES = 1 << 17;

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const tables = [Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) {
    crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return crc;
})];
for (let zeros = 1; zeros < ROUND; zeros++) {
  tables.push(tables[zeros - 1].map((shorter) => (shorter >>> 8) ^ tables[0][shorter & 0xff]));
}
const [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] = tables;

const wasm = LITTLE_ENDIAN ? loadWasm(tables) : null;

/** Memory for one frame, of up to twice the usual size. Everybody's: whoever fills it uses it before anything else can run. */
export const frameMemory = wasm === null ? new Uint8Array(FRAME_BYTES) : new Uint8Array(wasm.memory.buffer, TABLE_BYTES, FRAME_BYTES);

/**
 * CRC-32C (RFC 3720) of bytes, or of bytes that follow others.
 * @param {Uint8Array} bytes
 * @param {number} [before] Checksum of what comes before them.
 * @returns {number} 0 to 2^32 - 1.
 */
export function crc32c(bytes, before = 0) {
  const state = bytes.buffer === wasm?.memory.buffer
    ? wasm.update(~before, bytes.byteOffset, bytes.byteOffset + bytes.length)
    : update(~before, bytes);
  return ~state >>> 0;
}

/** Steps the register (before the final XOR) over the bytes. */
function update(state, bytes) {
  const end = bytes.length;
  let at = 0;
  if (LITTLE_ENDIAN && end >= 2 * ROUND) {
    // Words must lie where their size divides the address.
    for (; (bytes.byteOffset + at) & 3; at++) {
      state = (state >>> 8) ^ t0[(state ^ bytes[at]) & 0xff];
    }
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, ((end - at) >>> 4) * 4);
    for (let word = 0; word < words.length; word += 4) {
      const a = words[word] ^ state;
      const b = words[word + 1];
      const c = words[word + 2];
      const d = words[word + 3];
      state = t15[a & 0xff] ^ t14[(a >>> 8) & 0xff] ^ t13[(a >>> 16) & 0xff] ^ t12[a >>> 24]
        ^ t11[b & 0xff] ^ t10[(b >>> 8) & 0xff] ^ t9[(b >>> 16) & 0xff] ^ t8[b >>> 24]
        ^ t7[c & 0xff] ^ t6[(c >>> 8) & 0xff] ^ t5[(c >>> 16) & 0xff] ^ t4[c >>> 24]
        ^ t3[d & 0xff] ^ t2[(d >>> 8) & 0xff] ^ t1[(d >>> 16) & 0xff] ^ t0[d >>> 24];
    }
    at += words.length * 4;
  }
  for (; at < end; at++) {
    state = (state >>> 8) ^ t0[(state ^ bytes[at]) & 0xff];
  }
  return state;
}
