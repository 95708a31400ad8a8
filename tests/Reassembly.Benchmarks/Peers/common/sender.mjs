import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { answerCommands } from './commands.mjs';

/** `--url` of the server, `--file` with the payload, and what a sender adds to them. */
export function senderOptions(more = {}) {
  return parseArgs({ options: { url: { type: 'string' }, file: { type: 'string' }, ...more } }).values;
}

/** A promise that fails when the connection is lost, for a send to race with: nothing else would end it. */
export function lossOf(connection, event) {
  const loss = once(connection, event).then(([reason]) => {
    throw new Error(`the connection was lost: ${reason}`);
  });
  loss.catch(() => {});
  return loss;
}

/**
 * Runs a sender. The payload is in memory before its time begins, as one big WebSocket message demands it, and is given back after it.
 * @param {string} file
 * @param {(payload: Buffer) => Promise<object | void>} send Ends when the server has answered for the whole payload.
 * @param {Record<string, () => unknown>} [more] Further commands.
 */
export function runSender(file, send, more) {
  let payload = null;
  return answerCommands({
    load: async () => {
      payload = await readFile(file);
    },
    send: async () => {
      const start = performance.now();
      const answer = await send(payload);
      return { ...answer, seconds: (performance.now() - start) / 1000 };
    },
    drop: () => {
      payload = null;
      globalThis.gc();
    },
    ...more,
  });
}
