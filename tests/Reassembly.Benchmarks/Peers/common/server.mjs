import { parseArgs } from 'node:util';

/** More than any payload here: the default limits are what this project is about, and not what is measured. */
export const LIMIT_BYTES = 2 ** 31 - 1;

/** `--port` to listen at, and `--folder` for what is stored. */
export function serverOptions() {
  const { port, folder } = parseArgs({ options: { port: { type: 'string' }, folder: { type: 'string' } } }).values;
  return { port: Number(port), folder, host: '127.0.0.1' };
}

export function sayListening() {
  console.log('Listening:');
}
