import { crc32c, frameMemory } from './crc32c.js';
import { ReassemblyError } from './errors.js';
import { readId } from './ids.js';

/*
 * at  0  version 1, type 1, flags (bit 0: LAST), header length / 4
 *     4  sequence             8  message id (16 bytes)
 *    24  offset              32  total size (all ones: unknown)
 *    40  payload length      44  CRC-32C over bytes 0..43 and the payload
 */
export const HEADER_BYTES = 48;
export const UNKNOWN_SIZE = 0xffff_ffff_ffff_ffffn;

const CHECKED_BYTES = 44;
const LARGEST_END = 0x7fff_ffff_ffff_ffffn;

/** Memory for a frame of that size. Everybody's: whoever fills it uses it before anything else can run. */
export const frameOf = (length) => (length <= frameMemory.length ? frameMemory.subarray(0, length) : new Uint8Array(length));

/**
 * Writes the header of a chunk before its payload.
 * @param {Uint8Array} frame The payload from byte 48 on.
 * @param {{ id: Uint8Array, sequence: number, offset: number, size: number | null, last: boolean }} chunk
 */
export function writeHeader(frame, { id, sequence, offset, size, last }) {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint32(0, last ? 0x0101_010c : 0x0101_000c);
  view.setUint32(4, sequence);
  frame.set(id, 8);
  setNumber(view, 24, offset);
  if (size === null) {
    view.setBigUint64(32, UNKNOWN_SIZE);
  } else {
    setNumber(view, 32, size);
  }
  view.setUint32(40, frame.length - HEADER_BYTES);
  view.setUint32(CHECKED_BYTES, crc32c(frame.subarray(HEADER_BYTES), crc32c(frame.subarray(0, CHECKED_BYTES))));
}

/**
 * Reads and checks one binary WebSocket message.
 * @param {Uint8Array} frame
 * @returns {{ sequence: number, id: string, offset: bigint, totalSize: bigint, last: boolean, payload: Uint8Array }} The payload is a view.
 * @throws {ReassemblyError} With the code that the specification has for what is wrong.
 */
export function readFrame(frame) {
  check(frame.length >= HEADER_BYTES, `a frame of ${frame.length} bytes is shorter than its header`);
  check(frame[0] === 1, `version ${frame[0]} is not known`);
  check(frame[1] === 1, `chunk type ${frame[1]} is not known`, 'UNKNOWN_TYPE');
  check((frame[2] & ~1) === 0, `flags ${frame[2]} are not known`);

  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const headerBytes = frame[3] * 4;
  check(headerBytes >= HEADER_BYTES && headerBytes <= frame.length, `a header of ${headerBytes} bytes does not fit`);
  const payload = frame.subarray(headerBytes);
  check(view.getUint32(40) === payload.length, `the payload has ${payload.length} bytes, the header says ${view.getUint32(40)}`);
  const offset = view.getBigUint64(24);
  check(offset + BigInt(payload.length) <= LARGEST_END, `a chunk at offset ${offset} ends too high`);
  check(crc32c(payload, crc32c(frame.subarray(0, CHECKED_BYTES))) === view.getUint32(CHECKED_BYTES), 'the chunk is damaged', 'CRC_MISMATCH');

  return { sequence: view.getUint32(4), id: readId(frame, 8), offset, totalSize: view.getBigUint64(32), last: frame[2] === 1, payload };
}

function check(holds, message, code = 'BAD_FRAME') {
  if (!holds) {
    throw new ReassemblyError(code, message);
  }
}

function setNumber(view, at, value) {
  view.setUint32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value % 0x1_0000_0000);
}
