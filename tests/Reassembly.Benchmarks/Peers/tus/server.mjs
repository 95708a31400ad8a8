import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { answerCommands } from '../common/commands.mjs';
import { sayListening, serverOptions } from '../common/server.mjs';

const { host, port, folder } = serverOptions();
const server = new Server({ path: '/files', datastore: new FileStore({ directory: folder }) });
server.listen({ host, port }, sayListening);

const stored = async () => (await readdir(folder)).map((name) => join(folder, name));

await answerCommands({
  hash: async () => {
    const [payload] = (await stored()).filter((path) => !path.endsWith('.json'));
    const hash = createHash('sha256');
    await pipeline(createReadStream(payload), hash);
    return { sha256: hash.digest('hex') };
  },
  clear: async () => {
    await Promise.all((await stored()).map((path) => rm(path)));
    globalThis.gc();
  },
});
