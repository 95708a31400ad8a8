import { randomBytes } from 'node:crypto';
import { newId as makeId } from '../../src/core/ids.js';

export const newId = (now = Date.now()) => makeId(new Uint8Array(randomBytes(16)), now);
