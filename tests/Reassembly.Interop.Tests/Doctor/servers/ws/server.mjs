// A server on ws with a limit: node server.mjs VERSION PORT LIMIT MODE; echo gives every message back, discard says nothing.
import { createRequire } from 'node:module';

const [version, port, limit, mode] = process.argv.slice(2);
const { WebSocketServer } = createRequire(import.meta.url)(`ws-${version}`);

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(port), maxPayload: Number(limit) });
server.on('connection', (socket) => {
  socket.on('error', (error) => console.error(error));
  socket.on('message', (data, binary) => {
    if (mode === 'echo') {
      socket.send(data, { binary });
    }
  });
});
server.on('listening', () => console.log(`Listening: ws ${version}`));
