const OPEN = 1;
const CLOSED = 3;

/** The WebSocket of the npm package `ws`: the callback of `send` says when bytes are out, and reading can be paused. */
export class WsSocket {
  #socket;
  #fullBytes;
  #waiting = [];
  #onSent;

  canPause = true;

  static open(WebSocket, url, protocol, { fullBytes, maxMessageBytes, socketOptions, signal, onMessage, onClose }) {
    const socket = new WebSocket(url, [protocol], { ...socketOptions, perMessageDeflate: false, maxPayload: maxMessageBytes });
    socket.on('message', (data, isBinary) => onMessage(isBinary ? data : data.toString()));
    socket.on('close', (code, reason) => onClose({ code, reason: reason.toString() }));
    signal.addEventListener('abort', () => socket.terminate());
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('unexpected-response', (request, response) => {
        const error = new Error(`the server answered HTTP ${response.statusCode}`);
        error.statusCode = response.statusCode;
        request.destroy();
        reject(error);
      });
      socket.on('open', () => resolve(new WsSocket(socket, fullBytes)));
    });
  }

  constructor(socket, fullBytes) {
    this.#socket = socket;
    this.#fullBytes = fullBytes;
    this.#onSent = () => {
      if (this.#waiting.length > 0 && !this.isFull) {
        this.#release();
      }
    };
    socket.on('close', () => this.#release());
  }

  get protocol() {
    return this.#socket.protocol;
  }

  /** Also while it closes: nothing gets through any more. */
  get isFull() {
    return this.#socket.readyState !== OPEN || this.#socket.bufferedAmount >= this.#fullBytes;
  }

  /** When there is room again, or the socket is closed. */
  drained() {
    return this.isFull && this.#socket.readyState !== CLOSED
      ? new Promise((resolve) => {
        this.#waiting.push(resolve);
      })
      : Promise.resolve();
  }

  /** The bytes may be used again at once: without compression, masking has made its own copy of them. */
  send(data) {
    this.#socket.send(data, this.#onSent);
  }

  close() {
    this.#socket.close(1000);
  }

  terminate() {
    this.#socket.terminate();
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  #release() {
    for (const resolve of this.#waiting.splice(0)) {
      resolve();
    }
  }
}
