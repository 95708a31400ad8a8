// node examples/send.mjs FILE [ws://localhost:8080/ws] [CHANNEL]
import { Client, openFile } from '../src/node.js';

const [path, url = 'ws://localhost:8080/ws', channel = 'default'] = process.argv.slice(2);
const client = new Client(url);
const file = await openFile(path);
try {
  const { id, size, sha256 } = await client.send(file, {
    channel,
    onProgress: ({ kind, durable, total, detail }) => console.error(kind, detail ?? `${durable} of ${total}`),
  });
  console.log(id, size, sha256);
} finally {
  await file.close();
  await client.close();
}
