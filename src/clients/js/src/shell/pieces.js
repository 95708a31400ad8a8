const READ_BYTES = 1 << 20;
const encoder = new TextEncoder();

/** The bytes of anything that holds bytes (a view, no copy), or of a text; undefined for anything else. */
export function asBytes(value) {
  if (typeof value === 'string') {
    return encoder.encode(value);
  }
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return value instanceof ArrayBuffer || (typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer)
    ? new Uint8Array(value)
    : undefined;
}

/** Whether it can be read at any place: `{ size, read(from, to) }`. */
export const isRandomAccess = (value) => Number.isSafeInteger(value?.size) && typeof value.read === 'function';

export const isBlob = (value) => typeof Blob === 'function' && value instanceof Blob;

/** A Blob as random access. */
export const blobAccess = (blob) => ({ size: blob.size, read: async (from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer()) });

/** An iterator over the pieces of a stream or an iterable; a ReadableStream is not iterable everywhere. */
export function iterate(payload) {
  if (typeof payload?.[Symbol.asyncIterator] === 'function') {
    return payload[Symbol.asyncIterator]();
  }
  if (typeof payload?.[Symbol.iterator] === 'function') {
    return payload[Symbol.iterator]();
  }
  if (typeof payload?.getReader === 'function') {
    const reader = payload.getReader();
    return { next: () => reader.read(), return: async () => reader.cancel() };
  }
  return undefined;
}

/** Every kind of payload as pieces, in order. */
export async function* piecesOf(payload) {
  const bytes = asBytes(payload);
  if (bytes) {
    yield bytes;
    return;
  }
  const access = isBlob(payload) ? blobAccess(payload) : payload;
  if (isRandomAccess(access)) {
    for (let at = 0; at < access.size; at += READ_BYTES) {
      yield await access.read(at, Math.min(at + READ_BYTES, access.size));
    }
    return;
  }
  const iterator = iterate(payload);
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) {
        isOver = true;
        return;
      }
      yield bytesOfPiece(value);
    }
  } finally {
    if (!isOver) {
      await iterator.return?.();
    }
  }
}

export function bytesOfPiece(value) {
  const bytes = asBytes(value);
  if (!bytes) {
    throw new TypeError('a stream that is sent must give bytes or text');
  }
  return bytes;
}
