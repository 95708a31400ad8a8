import WebSocket from 'ws';
import { Client } from '../../../../src/clients/js/src/node.js';
import { runSender, senderOptions } from '../common/sender.mjs';

const { url, file } = senderOptions();
const client = new Client(url, { WebSocket });
await runSender(file, async (payload) => {
  const { id } = await client.send(payload);
  return { id };
});
