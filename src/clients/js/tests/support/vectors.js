import { readFileSync } from 'node:fs';

const folder = new URL('../../../../../tests/vectors/', import.meta.url);

/** The vectors of one file. */
export const vectors = (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')).vectors;

export const fromHex = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));

export const toHex = (bytes) => Buffer.from(bytes).toString('hex');
