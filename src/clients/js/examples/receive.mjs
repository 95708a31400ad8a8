// node examples/receive.mjs [ws://localhost:8080/ws] [CHANNEL]: each payload becomes a file named after its message.
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from '../src/node.js';

const [url = 'ws://localhost:8080/ws', channel = 'default'] = process.argv.slice(2);
const client = new Client(url);
process.on('SIGINT', () => client.close());
for await (const message of client.subscribe(channel)) {
  await pipeline(Readable.fromWeb(message.body), createWriteStream(message.id));
  await message.complete();
  console.log(message.id, message.size, message.attempt);
}
