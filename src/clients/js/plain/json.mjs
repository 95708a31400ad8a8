import { randomUUID } from 'node:crypto';

/** Sends a payload as JSON chunks to /ws, as far as the credit allows, and gives the outcome that comes back. */
export function sendJson(WebSocket, url, payload, channel = 'default') {
  const id = randomUUID();
  const socket = new WebSocket(url, 'reassembly.v1');
  return new Promise((resolve, reject) => {
    let [step, sequence, credit] = [0, 0, 0];
    socket.on('error', reject).on('close', (code, reason) => reject(new Error(`closed with ${code} ${reason}`)));
    socket.on('message', (text) => {
      const said = JSON.parse(text);
      if (said.type === 'welcome') {
        step = Math.floor((said.limits.frameBytes - 300) / 4) * 3;
        socket.send(JSON.stringify({ type: 'open', id, size: payload.length, channel }));
      } else if (said.type === 'ack') {
        credit = said.credit;
      } else {
        socket.close();
        return said.type === 'outcome' ? resolve(said) : reject(new Error(said.message));
      }
      const isLeft = (at) => step > 0 && (at < payload.length || sequence === 0) && Math.min(at + step, payload.length) <= credit;
      for (let at = sequence * step; isLeft(at); at += step) {
        const data = payload.subarray(at, at + step).toString('base64');
        socket.send(JSON.stringify({ type: 'chunk', id, sequence: sequence++, offset: at, last: at + step >= payload.length, data }));
      }
    });
  });
}
