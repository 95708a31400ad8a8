/** Sends one WebSocket message to /raw, from a browser, and gives the outcome that comes back. */
export function sendRaw(url, payload) {
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    socket.onopen = () => socket.send(payload);
    socket.onmessage = ({ data }) => resolve(JSON.parse(data)) ?? socket.close();
    socket.onclose = ({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`));
  });
}
