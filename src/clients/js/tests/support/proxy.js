import { once } from 'node:events';
import net from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';

/** Passes TCP connections on, and cuts them: after so many bytes in a direction, or when told. */
export class CuttingProxy {
  #listener;
  #pairs = new Set();

  connections = 0;
  /** Bytes from clients after which the connection is cut, once for each entry, in order. */
  cutUpAfter = [];
  /** The same for bytes to clients. */
  cutDownAfter = [];

  static async start(targetPort) {
    const proxy = new CuttingProxy();
    proxy.#listener = net.createServer((client) => proxy.#pass(client, targetPort)).listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  get url() {
    return `ws://127.0.0.1:${this.#listener.address().port}/ws`;
  }

  cut() {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  dispose() {
    this.cut();
    this.#listener.close();
  }

  #pass(client, targetPort) {
    this.connections++;
    const server = net.connect(targetPort, '127.0.0.1');
    const pair = [client, server];
    this.#pairs.add(pair);
    const end = () => {
      client.destroy();
      server.destroy();
      this.#pairs.delete(pair);
    };
    this.#forward(client, server, this.cutUpAfter.shift() ?? Infinity, end);
    this.#forward(server, client, this.cutDownAfter.shift() ?? Infinity, end);
  }

  #forward(from, to, left, end) {
    from.on('data', (data) => {
      to.write(data.subarray(0, left));
      left -= data.length;
      if (left <= 0) {
        end();
      }
    });
    from.on('error', end).on('close', end);
  }
}

/** Passes WebSocket messages on, up to a size; a larger one is the end, with 1009. */
export class LimitingProxy {
  #server;

  refused = 0;
  largest = 0;

  static async start(targetUrl, maxBytes) {
    const proxy = new LimitingProxy();
    proxy.#server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: maxBytes, handleProtocols: ([first]) => first });
    proxy.#server.on('connection', (client, request) => proxy.#pass(client, new WebSocket(targetUrl, request.headers['sec-websocket-protocol'])));
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url() {
    return `ws://127.0.0.1:${this.#server.address().port}/ws`;
  }

  dispose() {
    this.#server.clients.forEach((client) => client.terminate());
    this.#server.close();
  }

  #pass(client, server) {
    const opened = once(server, 'open');
    client.on('message', async (data, isBinary) => {
      this.largest = Math.max(this.largest, data.length);
      await opened;
      server.send(data, { binary: isBinary });
    });
    client.on('error', () => {
      this.refused++;
    });
    server.on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
    server.on('error', () => client.terminate());
    server.on('close', () => client.close());
    client.on('close', () => server.close());
  }
}
