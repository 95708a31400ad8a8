import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { sendJson } from '../../plain/json.mjs';
import { sendRaw } from '../../plain/raw.mjs';
import { receive, send } from './client.mjs';
import { deflate, flood, oversize } from './library.mjs';
import { readVersion } from './version.mjs';

const options = Object.fromEntries(
  ['url', 'file', 'channel', 'id', 'encoding', 'out', 'frame-bytes', 'fragment', 'bytes', 'count'].map((name) => [name, { type: 'string' }]));

const commands = {
  versions: (_, __, library) => readVersion(library),
  send: (WebSocket, given) => send(WebSocket, given),
  receive: (WebSocket, given) => receive(WebSocket, given),
  raw: async (WebSocket, { url, file, fragment }) => sendRaw(WebSocket, url, await readFile(file), fragment),
  json: async (WebSocket, { url, file, channel }) => sendJson(WebSocket, url, await readFile(file), channel),
  oversize: (WebSocket, { url, bytes, count }) => oversize(WebSocket, url, bytes, count),
  flood: (WebSocket, { url, file, frameBytes }) => flood(WebSocket, url, file, frameBytes),
  deflate: (WebSocket, { url, bytes }) => deflate(WebSocket, url, bytes),
};

/** Runs the command of the command line with one version of ws; prints one line of JSON. */
export async function runDriver(WebSocket, library) {
  try {
    const { values, positionals: [command] } = parseArgs({ options, allowPositionals: true });
    if (!Object.hasOwn(commands, command ?? '')) {
      throw new Error(`'${command ?? ''}' is not a command: ${Object.keys(commands).join(', ')}`);
    }
    const result = await commands[command](WebSocket, numbered(values), library);
    console.log(JSON.stringify(result));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message, code: error.code }));
    process.exitCode = 1;
  }
}

function numbered({ 'frame-bytes': frameBytes, fragment, bytes, count, ...texts }) {
  const numbers = { frameBytes, fragment, bytes, count };
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== undefined && !/^[1-9]\d*$/.test(value)) {
      throw new Error(`'${value}' is not a number for ${name}`);
    }
  }
  return { ...texts, ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined).map(([name, value]) => [name, Number(value)])) };
}
