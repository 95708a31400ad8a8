import { WebSocketServer } from 'ws';
import { Holder } from '../common/holder.mjs';
import { LIMIT_BYTES, sayListening, serverOptions } from '../common/server.mjs';

// One WebSocket message is one payload; the answer is its length.
const { host, port } = serverOptions();
const holder = new Holder();
const server = new WebSocketServer({ host, port, maxPayload: LIMIT_BYTES, perMessageDeflate: false }, sayListening);
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    holder.take(data);
    socket.send(String(data.length));
  });
});
await holder.run();
