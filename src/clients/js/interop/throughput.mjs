#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { send } from './driver/client.mjs';
import { flood } from './driver/library.mjs';

/*
 * Throughput of this client against that of ws alone: `throughput.mjs [ws-8.12|ws-8.16] [--mib 64] [--rounds 21]`. Both send the same file
 * to the discarding server beside this file, in frames of 64 KiB, by turns in one process, which has three rounds to warm up.
 */

const FRAME_BYTES = 65_536;
const WARM_UPS = 3;

const { values, positionals: [library = 'ws-8.16'] } = parseArgs({
  options: { mib: { type: 'string', default: '64' }, rounds: { type: 'string', default: '21' } },
  allowPositionals: true,
});
const [mib, rounds] = [Number(values.mib), Number(values.rounds)];
const { default: WebSocket } = await import(library);

const folder = await mkdtemp(join(tmpdir(), 'reassembly-throughput-'));
const server = spawn(process.execPath, [fileURLToPath(new URL('discard-server.mjs', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [line] = await once(server.stdout, 'data');
  const address = `ws://127.0.0.1:${Number(line)}`;
  const file = join(folder, 'payload');
  await writeFile(file, randomBytes(mib * 1_048_576));

  const pairs = [];
  for (let round = 0; round < WARM_UPS + rounds; round++) {
    const alone = await flood(WebSocket, `${address}/flood`, file, FRAME_BYTES);
    const ours = await send(WebSocket, { url: `${address}/ws`, file });
    pairs.push({ alone, ours });
  }
  const counted = pairs.slice(WARM_UPS);
  const rate = (kind) => median(counted.map((pair) => mib / pair[kind].seconds)).toFixed(0);
  const cpu = (kind) => (1_000 * median(counted.map((pair) => pair[kind].cpuSeconds / mib))).toFixed(2);
  const ratio = median(counted.map(({ alone, ours }) => alone.seconds / ours.seconds)).toFixed(2);
  console.log(`${library}, ${mib} MiB, ${rounds} rounds`);
  console.log(`library alone  ${rate('alone')} MiB/s, ${cpu('alone')} ms CPU/MiB`);
  console.log(`this client    ${rate('ours')} MiB/s, ${cpu('ours')} ms CPU/MiB, ratio ${ratio}`);
} finally {
  server.kill();
  await rm(folder, { recursive: true });
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
