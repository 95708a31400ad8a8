import { once } from 'node:events';
import WebSocket from 'ws';
import { lossOf, runSender, senderOptions } from '../common/sender.mjs';

const { url, file } = senderOptions();
const socket = new WebSocket(url, { perMessageDeflate: false });
await once(socket, 'open');
const loss = lossOf(socket, 'close');
await runSender(file, async (payload) => {
  const answered = once(socket, 'message');
  socket.send(payload);
  const [length] = await Promise.race([answered, loss]);
  if (Number(length) !== payload.length) {
    throw new Error(`${length} bytes arrived`);
  }
});
