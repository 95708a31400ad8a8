/** Sends a Blob as JSON chunks to /ws, from a browser, as far as the credit allows, and gives the outcome that comes back. */
export async function sendJson(url, blob, channel = 'default') {
  const socket = new WebSocket(url, 'reassembly.v1');
  const id = crypto.randomUUID();
  let [step, credit, hear] = [0, 0, () => {}];
  const outcome = new Promise((resolve, reject) => {
    socket.onclose = ({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`));
    socket.onmessage = ({ data }) => {
      const said = JSON.parse(data);
      if (said.type === 'welcome') step = Math.floor((said.limits.frameBytes - 300) / 4) * 3;
      if (said.type === 'ack') credit = said.credit;
      if (said.type === 'outcome') resolve(said);
      if (said.type === 'error') reject(new Error(said.message));
      hear();
    };
  });
  const send = async () => {
    const until = async (holds) => { while (!holds()) await new Promise((heard) => { hear = heard; }); };
    await until(() => step > 0);
    socket.send(JSON.stringify({ type: 'open', id, size: blob.size, channel }));
    for (let at = 0, sequence = 0; at < blob.size || sequence === 0; at += step) {
      const bytes = new Uint8Array(await blob.slice(at, at + step).arrayBuffer());
      await until(() => at + bytes.length <= credit);
      const data = btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
      socket.send(JSON.stringify({ type: 'chunk', id, sequence: sequence++, offset: at, last: at + step >= blob.size, data }));
    }
  };
  return Promise.race([outcome, send().then(() => outcome)]).finally(() => socket.close());
}
