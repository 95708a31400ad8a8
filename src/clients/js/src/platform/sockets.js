/*
 * One face for every WebSocket: `send`, `isFull`, `drained()`, `close`, `terminate`, `pause`, `resume`, `protocol`. Events come by the
 * callbacks given to it: `onMessage(data)` with a text or a Uint8Array, and `onClose({ code, reason })`, once, after which nothing comes.
 * `signal` ends an attempt to connect.
 */

/** Polling `bufferedAmount` is all that the standard WebSocket offers. */
const POLL_MS = 5;

const OPEN = 1;
const CLOSED = 3;

/** The WebSocket of browsers, and of runtimes that have the same one. */
export class StandardSocket {
  #socket;
  #fullBytes;
  #waiting = null;
  #isEnded = false;

  canPause = false;

  static open(WebSocket, url, protocol, { fullBytes, signal, onMessage, onClose }) {
    const socket = new WebSocket(url, protocol);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => onMessage(typeof data === 'string' ? data : new Uint8Array(data));
    socket.onclose = ({ code, reason }) => onClose({ code, reason });
    signal.addEventListener('abort', () => socket.close());
    return new Promise((resolve, reject) => {
      socket.onopen = () => {
        socket.onerror = null;
        resolve(new StandardSocket(socket, fullBytes));
      };
      socket.onerror = ({ error, message }) => reject(error ?? new Error(message || 'the WebSocket could not be opened'));
    });
  }

  constructor(socket, fullBytes) {
    this.#socket = socket;
    this.#fullBytes = fullBytes;
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
    this.#waiting ??= this.#poll();
    return this.#waiting;
  }

  /** The bytes may be used again at once: the socket has taken its own copy. */
  send(data) {
    if (this.#socket.readyState === OPEN) {
      this.#socket.send(data);
    }
  }

  close() {
    this.#socket.close(1000);
  }

  terminate() {
    this.#isEnded = true;
    this.#socket.close();
  }

  pause() {}

  resume() {}

  async #poll() {
    while (this.isFull && this.#socket.readyState !== CLOSED && !this.#isEnded) {
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_MS);
      });
    }
    this.#waiting = null;
  }
}
