export const PROTOCOL = 'reassembly.v1';
export const VERSION = '0.1.0';

const defaults = {
  /** Largest WebSocket message, in bytes, that this client takes. */
  receiveFrameBytes: 65_536,
  /** Name and version for the server's logs; made up from the runtime where it is missing. */
  clientName: undefined,
  /** The WebSocket class to use. */
  WebSocket: undefined,
  /** For `ws`: what its constructor takes (headers, certificates, …). */
  socketOptions: undefined,
  /** Payload bytes of a chunk, where smaller than what the server takes; for hops with lower limits. */
  chunkBytes: Infinity,
  /** Bytes of one message that may be sent and not yet durable; what a stream keeps in memory. */
  maxUnackedBytes: 8 << 20,
  /** Time for one attempt to connect, until `welcome`. */
  connectTimeoutMs: 10_000,
  /** The first attempt after a loss waits a random time up to this; each further one up to twice as long. */
  backoffBaseMs: 100,
  backoffCapMs: 10_000,
  /** Silence about a message, while something of it is on its way, after which the client asks. */
  ackTimeoutMs: 5_000,
  /** How long to go on while not one byte more becomes durable; in receiving, while there is no connection. */
  giveUpAfterMs: 120_000,
  /** How long a cancelled send, or receiving that ends, takes to tell the server. */
  abortTimeoutMs: 2_000,
  /** Silence of the server after which it is asked whether it is there, and then given up. */
  silenceMs: 15_000,
};

/** The options with their defaults. @throws {TypeError} Where one is unknown. @throws {RangeError} Where one is out of its range. */
export function withDefaults(given, known = defaults) {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) {
      throw new TypeError(`the option ${name} is not known`);
    }
  }
  const options = { ...known };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) {
      continue;
    }
    if (typeof known[name] === 'number' && !(typeof value === 'number' && value > 0)) {
      throw new RangeError(`the option ${name} must be a number above 0`);
    }
    options[name] = value;
  }
  return options;
}

/** The addresses as a list. @throws {TypeError} Where one is not a WebSocket address. */
export function checkUrls(urls) {
  const list = (Array.isArray(urls) ? urls : [urls]).map(String);
  if (list.length === 0) {
    throw new TypeError('at least one address is needed');
  }
  for (const url of list) {
    if (!/^wss?:$/.test(new URL(url).protocol)) {
      throw new TypeError(`${url} is not a ws:// or wss:// address`);
    }
  }
  return list;
}
