import { once } from 'node:events';

/** Sends one WebSocket message to /raw, whole or in frames of `fragment` bytes, and gives the outcome that comes back. */
export async function sendRaw(WebSocket, url, payload, fragment = payload.length || 1) {
  const socket = new WebSocket(url);
  const closed = once(socket, 'close').then(([code, reason]) => Promise.reject(new Error(`closed with ${code} ${reason}`)));
  await Promise.race([once(socket, 'open'), closed]);
  let at = 0;
  do {
    const to = Math.min(at + fragment, payload.length);
    await new Promise((sent) => socket.send(payload.subarray(at, to), { fin: to === payload.length }, () => setImmediate(sent)));
    at = to;
  } while (at < payload.length);
  const [answer] = await Promise.race([once(socket, 'message'), closed]);
  socket.close();
  return JSON.parse(answer);
}
