import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keep } from './support/keep.js';
import { CuttingProxy } from './support/proxy.js';
import { Server } from './support/server.js';

const skip = process.allowedNodeEnvironmentFlags.has('--experimental-websocket') ? false : 'this Node has no WebSocket';
const script = fileURLToPath(new URL('support/standard-websocket.mjs', import.meta.url));

test('the WebSocket that Node has of its own serves as well, and through a cut connection', { skip }, async (t) => {
  const server = keep(t, await Server.start());
  const proxy = keep(t, await CuttingProxy.start(server.port));
  proxy.cutUpAfter = [5_000_000];
  const { stdout } = await promisify(execFile)(process.execPath, ['--experimental-websocket', '--no-warnings', script, proxy.url, '20000000']);
  assert.deepEqual(JSON.parse(stdout), { isSame: true, connections: 2 });
});
