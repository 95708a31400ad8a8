import { ReassemblyError } from './errors.js';
import { isId } from './ids.js';

/*
 * Control text from server to client. Fields that are not named here are left out, and so is `null` where a field may be absent;
 * anything else that is not of its form is `BAD_JSON`. What only the text shows and JSON.parse hides (a number written 1e3, a field
 * that is there twice) is taken as JSON.parse takes it.
 */

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isText = (value) => typeof value === 'string';
const isName = (value) => isText(value) && value.length >= 1 && value.length <= 255;
const isFlag = (value) => typeof value === 'boolean';
const isHash = (value) => isText(value) && /^[0-9a-f]{64}$/.test(value);
const isTime = (value) => isText(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value));
const isAnything = (value) => value !== undefined;
const isOneOf = (...values) => (value) => values.includes(value);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isHeaders = (value) => isObject(value) && Object.values(value).every(isText);
const isRange = (value) => Array.isArray(value) && value.length === 2 && value.every(isCount) && value[0] < value[1];
const isRanges = (value) => Array.isArray(value) && value.length <= 64 && value.every(isRange);
const isCode = isOneOf(
  'BAD_JSON', 'UNKNOWN_TYPE', 'BAD_FRAME', 'FRAME_TOO_BIG', 'MESSAGE_TOO_BIG', 'CHUNK_TOO_SMALL', 'CRC_MISMATCH', 'SIZE_CONFLICT',
  'DATA_CONFLICT', 'OPEN_CONFLICT', 'DIGEST_MISMATCH', 'UNKNOWN_MESSAGE', 'TOO_MANY_OPEN', 'QUOTA_EXCEEDED', 'OVERLOADED',
  'NOT_DURABLE', 'EXPIRED', 'UNAUTHORIZED', 'FORBIDDEN');

const needed = (check) => ({ check, isNeeded: true });
const optional = (check) => ({ check, isNeeded: false });
const inside = (fields) => ({ fields });

const limit = { ...inside({ name: needed(isText), max: needed(isCount), actual: optional(isCount), hop: optional(isText) }), isNeeded: false };

const types = {
  welcome: {
    protocol: needed(isText),
    connection: needed(isText),
    node: needed(isText),
    durability: needed(isOneOf('memory', 'disk', 'database')),
    limits: {
      ...inside({
        frameBytes: optional((value) => isCount(value) && value > 48),
        chunkBytes: optional(isCount),
        minChunkBytes: optional(isCount),
        messageBytes: optional(isCount),
        openMessages: optional(isCount),
        windowBytes: optional(isCount),
        idleSeconds: optional(isCount),
        messageSeconds: optional(isCount),
        retentionSeconds: optional(isCount),
      }),
      isNeeded: true,
    },
  },
  ack: { id: needed(isId), durable: needed(isCount), missing: needed(isRanges), credit: needed(isCount), expiresAt: optional(isTime) },
  outcome: {
    id: needed(isId),
    state: needed(isOneOf('committed', 'rejected', 'expired', 'aborted')),
    size: optional(isCount),
    sha256: optional(isHash),
    error: { ...inside({ code: needed(isCode), message: needed(isText), limit }), isNeeded: false },
  },
  error: {
    code: needed(isCode),
    scope: needed(isOneOf('frame', 'message', 'connection')),
    id: optional(isId),
    retryable: needed(isFlag),
    retryAfterMs: optional(isCount),
    limit,
    message: needed(isText),
  },
  goaway: { reason: needed(isText), graceMs: needed(isCount) },
  message: {
    id: needed(isId),
    channel: needed(isName),
    size: needed(isCount),
    sha256: needed(isHash),
    contentType: optional(isText),
    contentEncoding: optional(isOneOf('identity', 'gzip', 'br')),
    headers: optional(isHeaders),
    attempt: needed((value) => isCount(value) && value >= 1),
  },
  pong: { nonce: needed(isAnything) },
};

/**
 * @param {string} text One text message.
 * @returns {{ type: string, [field: string]: unknown }}
 * @throws {ReassemblyError} `BAD_JSON` or `UNKNOWN_TYPE`.
 */
export function readServerMessage(text) {
  let json;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ReassemblyError('BAD_JSON', `not JSON: ${error.message}`);
  }
  if (!isObject(json) || !isText(json.type)) {
    throw new ReassemblyError('BAD_JSON', 'a control message is one JSON object with a type');
  }
  if (!Object.hasOwn(types, json.type)) {
    throw new ReassemblyError('UNKNOWN_TYPE', `the type ${json.type} is not known`);
  }
  return { type: json.type, ...readFields(json, types[json.type], json.type) };
}

function readFields(json, fields, path) {
  const read = {};
  for (const [name, form] of Object.entries(fields)) {
    const value = Object.hasOwn(json, name) ? json[name] : undefined;
    if (!form.isNeeded && (value ?? null) === null) {
      continue;
    }
    if (!(form.fields ? isObject(value) : form.check(value))) {
      throw new ReassemblyError('BAD_JSON', `${path}.${name} is missing or not of its form`);
    }
    read[name] = form.fields ? readFields(value, form.fields, `${path}.${name}`) : value;
  }
  return read;
}
