const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const REMEMBERED = 1_000;
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Whether it is a UUID as the wire wants it: canonical, in lower case. */
export const isId = (value) => typeof value === 'string' && FORM.test(value);

/**
 * A new UUID of version 7 (RFC 9562): the time in milliseconds, then random bits.
 * @param {Uint8Array} bytes 16 random ones, which are written to.
 * @param {number} now
 */
export function newId(bytes, now) {
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(now / 0x10000));
  view.setUint16(4, now % 0x10000);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return readId(bytes, 0);
}

/** Adds an id to a set that keeps the last thousand. */
export function remember(ids, id) {
  ids.add(id);
  if (ids.size > REMEMBERED) {
    ids.delete(ids.values().next().value);
  }
}

/** The 16 bytes of an id. */
export const idBytes = (id) => Uint8Array.from(id.replaceAll('-', '').match(/../g), (pair) => Number.parseInt(pair, 16));

/** The id that begins at that byte. */
export function readId(bytes, at) {
  let id = '';
  for (let i = 0; i < 16; i++) {
    id += (i === 4 || i === 6 || i === 8 || i === 10 ? '-' : '') + hex[bytes[at + i]];
  }
  return id;
}
