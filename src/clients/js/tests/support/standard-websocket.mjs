import { Client } from '../../src/node.js';

// Sends what it is told to with the WebSocket that Node has of its own, receives it again, and prints whether it is the same.
const [url, size] = process.argv.slice(2);
const client = new Client(url, { WebSocket: globalThis.WebSocket });
const payload = new Uint8Array(Number(size)).map((_, at) => at * 31);
const { id, connections } = await client.send(payload, { channel: `standard-${process.pid}`, checkDigest: true });
for await (const message of client.subscribe(`standard-${process.pid}`)) {
  const received = await message.bytes();
  await message.complete();
  console.log(JSON.stringify({ isSame: message.id === id && Buffer.compare(received, payload) === 0, connections }));
  break;
}
await client.close();
