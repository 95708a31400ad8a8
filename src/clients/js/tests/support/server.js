import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';

const built = fileURLToPath(new URL('../../../../Reassembly.Server/bin/Release/net10.0/Reassembly.Server', import.meta.url));
const executable = process.env.REASSEMBLY_SERVER ?? built;

/** A server process of its own, with a folder of its own; it can be killed and started again on the same port. */
export class Server {
  #folder;
  #port;
  #settings;
  #process = null;

  static async start(settings = {}) {
    if (!existsSync(executable)) {
      throw new Error(`there is no server at ${executable}: build src/Reassembly.Server in Release, or set REASSEMBLY_SERVER`);
    }
    const server = new Server(await mkdtemp(path.join(tmpdir(), 'reassembly-js-')), await freePort(), settings);
    await server.start();
    return server;
  }

  constructor(folder, port, settings) {
    this.#folder = folder;
    this.#port = port;
    this.#settings = settings;
  }

  get port() {
    return this.#port;
  }

  get url() {
    return `ws://127.0.0.1:${this.#port}/ws`;
  }

  get http() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it (again); it is ready to be connected to then. */
  async start() {
    const settings = Object.entries({ 'Disk:Path': this.#folder, ...this.#settings }).flatMap(([name, value]) => [`--Reassembly:${name}`, String(value)]);
    this.#process = spawn(executable, ['--urls', this.http, ...settings], { stdio: ['ignore', 'pipe', 'inherit'], cwd: this.#folder });
    const server = this.#process;
    await new Promise((resolve, reject) => {
      let said = '';
      server.stdout.setEncoding('utf8').on('data', (text) => {
        said += text;
        if (said.includes('Listening')) {
          resolve();
        }
      });
      server.once('exit', () => reject(new Error(`the server did not start: ${said}`)));
    });
  }

  /** As kill -9. */
  async kill() {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  /** As an orchestrator stops it: with goaway and a grace time. */
  async stop() {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exited;
  }

  async dispose() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      await this.kill();
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The payload of a committed message. */
  async payload(id) {
    const response = await fetch(`${this.http}/messages/${id}`);
    if (!response.ok) {
      throw new Error(`GET /messages/${id}: ${response.status}`);
    }
    return response;
  }
}

/** Below those that the system hands out: nobody gets it while the server is down, least of all a client calling itself. */
async function freePort() {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const listener = createServer().listen(port, '127.0.0.1');
    try {
      await once(listener, 'listening');
    } catch {
      continue;
    }
    listener.close();
    await once(listener, 'close');
    return port;
  }
}
