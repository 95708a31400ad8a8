import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { Holder } from '../common/holder.mjs';
import { LIMIT_BYTES, sayListening, serverOptions } from '../common/server.mjs';

// One event is one payload; its acknowledgement is its length.
const { host, port } = serverOptions();
const holder = new Holder();
const http = createServer();
const server = new Server(http, { transports: ['websocket'], maxHttpBufferSize: LIMIT_BYTES, serveClient: false });
server.on('connection', (socket) => {
  socket.on('payload', (data, acknowledge) => {
    holder.take(data);
    acknowledge(data.length);
  });
});
http.listen(port, host, sayListening);
await holder.run();
