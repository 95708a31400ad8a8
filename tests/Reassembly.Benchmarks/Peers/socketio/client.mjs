import { io } from 'socket.io-client';
import { lossOf, runSender, senderOptions } from '../common/sender.mjs';

const { url, file } = senderOptions();
const socket = io(url, { transports: ['websocket'], reconnection: false });
await new Promise((resolve, reject) => {
  socket.once('connect', resolve);
  socket.once('connect_error', reject);
});
const loss = lossOf(socket, 'disconnect');
await runSender(file, async (payload) => {
  const length = await Promise.race([socket.emitWithAck('payload', payload), loss]);
  if (length !== payload.length) {
    throw new Error(`${length} bytes arrived`);
  }
});
