#!/usr/bin/env node
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { FrameParser } from './driver/frame-parser.mjs';
import { Acker } from './driver/acker.mjs';

/*
 * A WebSocket server that throws away what it gets, for measuring senders: /flood counts bytes and answers the text `done`; /ws speaks
 * enough of reassembly.v1 to be sent to (welcome, ack for each mebibyte, outcome) without storing, checking or even unmasking payloads.
 * So it costs next to nothing beside the sender. Prints its port.
 */

const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const server = createServer((_, response) => response.writeHead(426).end());
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + ACCEPT_SUFFIX).digest('base64');
  const protocol = request.headers['sec-websocket-protocol'];
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  if (protocol) {
    lines.push(`Sec-WebSocket-Protocol: ${protocol.split(',')[0].trim()}`);
  }
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.setNoDelay(true);
  socket.on('error', () => {});

  const tell = (text) => socket.write(frameOf(0x81, Buffer.from(text)));
  const acker = request.url.startsWith('/ws') ? new Acker((message) => tell(JSON.stringify(message))) : null;
  let bytes = 0;
  const parser = new FrameParser({
    binary(length, start) {
      bytes += length;
      acker?.onChunk(start);
    },
    text(text) {
      if (acker) {
        acker.onText(text);
      } else if (text === 'done') {
        tell(JSON.stringify({ bytes }));
      }
    },
    close() {
      socket.end(frameOf(0x88, Buffer.from([0x03, 0xe8])));
    },
  });
  socket.on('data', (data) => parser.push(data));
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port));

function frameOf(first, payload) {
  const header = payload.length < 126 ? [first, payload.length] : [first, 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from(header), payload]);
}
