/** SHA-256 and other digests are 64 hex digits in lower case; ids are UUIDs in canonical lower case; sizes are bytes. */

/** A payload that can be read at any place, so that a send of it can always go on. */
export interface RandomAccess {
  readonly size: number;
  /**
   * Gives the bytes from `from` up to, not including, `to`. A reader with a third parameter may be given a buffer of at least that
   * length, to be filled and given back (a view of it): then few buffers serve for a payload of any size.
   */
  read(from: number, to: number, spare?: Uint8Array): Promise<Uint8Array>;
}

export type Payload =
  | Blob
  | ArrayBufferLike
  | ArrayBufferView
  | string
  | RandomAccess
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | ArrayBufferLike | string>
  | Iterable<Uint8Array | ArrayBufferLike>;

export interface ClientOptions {
  /** Largest WebSocket message that this client takes. Default 65,536. */
  receiveFrameBytes?: number;
  /** Name and version for the server's logs. */
  clientName?: string;
  /** The WebSocket class: that of `ws`, or one like that of browsers. Default: `ws` where it is installed, the global one otherwise. */
  WebSocket?: unknown;
  /** For `ws`: the options of its constructor (headers, certificates, …). */
  socketOptions?: object;
  /** Payload bytes of a chunk, where smaller than what the server takes. */
  chunkBytes?: number;
  /** Bytes of one message that may be sent and not yet durable; what a stream keeps in memory. Default 8 MiB. */
  maxUnackedBytes?: number;
  /** Default 10,000. */
  connectTimeoutMs?: number;
  /** Default 100: the first attempt after a loss waits a random time up to this; each further one up to twice as long. */
  backoffBaseMs?: number;
  /** Default 10,000. */
  backoffCapMs?: number;
  /** Default 5,000: silence about a message, while something of it is on its way, after which the client asks. */
  ackTimeoutMs?: number;
  /** Default 120,000: how long to go on while not one byte more becomes durable; in receiving, while there is no connection. */
  giveUpAfterMs?: number;
  /** Default 2,000: how long a cancelled send, or receiving that ends, takes to tell the server. */
  abortTimeoutMs?: number;
  /** Default 15,000: silence of the server after which it is asked whether it is there, and then given up. */
  silenceMs?: number;
}

export interface Progress {
  /** `bytes`: more became durable; otherwise `detail` says what happened, in words for a person. */
  kind: 'bytes' | 'disconnected' | 'resumed' | 'retrying';
  id: string;
  /** Every byte below it is durable at the server. */
  durable: number;
  /** Every byte below it was sent at least once. */
  sent: number;
  /** Size of the message; null while it is not known. */
  total: number | null;
  detail?: string;
}

export interface SendOptions {
  /** Chosen anew where it is missing. One that was begun before goes on. */
  id?: string;
  /** Default `default`. */
  channel?: string;
  contentType?: string;
  /** How the payload is compressed already. */
  contentEncoding?: 'identity' | 'gzip' | 'br';
  /** Compresses the payload before it is cut. `br` only in Node. */
  compress?: 'gzip' | 'br';
  headers?: Record<string, string>;
  /** Can only shorten the server's limit. */
  ttlSeconds?: number;
  /** Of the payload as it is sent, for the server to check. Made by the client for what is there as a whole, up to 16 MiB, unless `checkDigest` is false. */
  sha256?: string;
  /** Of a stream, where it is known. */
  size?: number;
  /**
   * Hashes what is sent and compares it with what was committed. Where it is not said: streams of at most 16 MiB, and whatever has an `id`,
   * since part of such a message may have come from elsewhere; not with a `sha256`, which the server compares.
   */
  checkDigest?: boolean;
  onProgress?(progress: Progress): void;
  /** Ends the send; the message is aborted at the server. */
  signal?: AbortSignal;
}

export interface SendResult {
  id: string;
  state: 'committed';
  /** Of the payload as it was sent, so after any compression. */
  size: number;
  /** As the server says it. */
  sha256: string;
  /** Payload bytes sent, repeats included. */
  sentBytes: number;
  /** How many of them were repeats. */
  resentBytes: number;
  chunks: number;
  /** Connections that this message was sent over. */
  connections: number;
}

export interface SubscribeOptions {
  /** Messages that may be in hand at once. Default 1. With more, read their bodies at the same time. */
  inFlight?: number;
  /** Whether a compressed payload is decompressed in `body`, where the runtime can. Default true. */
  decompress?: boolean;
  /** The most bytes that decompression of one payload may make. Default 1 GiB. */
  maxDecompressedBytes?: number;
  /** Bytes of one message kept ahead of its reader, with `ws`; other WebSockets cannot be paused. Default 1 MiB. */
  bufferBytes?: number;
  /** Default 30,000: how long a full buffer that nobody reads may hold up others, with several in flight. */
  stallTimeoutMs?: number;
  /** Default 15,000: how long a message whose connection was lost may take to come again, to go on where it was. */
  redeliveryTimeoutMs?: number;
  signal?: AbortSignal;
}

export interface ReceivedMessage {
  readonly id: string;
  readonly channel: string;
  /** As it was sent, so before any decompression. */
  readonly size: number;
  readonly sha256: string;
  readonly contentType?: string;
  readonly contentEncoding: 'identity' | 'gzip' | 'br';
  readonly headers: Record<string, string>;
  /** 1 for the first delivery, then 2, … */
  readonly attempt: number;
  /** Whether `body` is the payload before it was compressed. */
  readonly isDecompressed: boolean;
  readonly isAnswered: boolean;
  /** Read once, while it arrives. Fails at its end where the digest is not that of the payload. */
  readonly body: ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>;
  /** The whole body in memory. */
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  /** Tells the server that this receiver has it. Reads and checks first what was not read. */
  complete(): Promise<void>;
  /** Gives it back: it will be delivered again, here or elsewhere. */
  retry(afterMs?: number): void;
}

export interface Subscription extends AsyncIterableIterator<ReceivedMessage> {
  next(): Promise<IteratorResult<ReceivedMessage>>;
  return(): Promise<IteratorResult<ReceivedMessage>>;
  /** Ends it: what is in hand goes back. */
  close(): Promise<void>;
}

export class Client {
  constructor(urls: string | URL | ReadonlyArray<string | URL>, options?: ClientOptions);
  /** Sends one payload and waits until it is committed. */
  send(payload: Payload, options?: SendOptions): Promise<SendResult>;
  /** Receives the messages of a channel. */
  subscribe(channel?: string, options?: SubscribeOptions): Subscription;
  /** Ends what is under way and closes the connections. */
  close(): Promise<void>;
}

export class ReassemblyError extends Error {
  /** A code of the wire specification, or one of the client's own; the README lists them. */
  readonly code: string;
  readonly id?: string;
  /** For a message that ended otherwise than committed. */
  readonly state?: 'rejected' | 'expired' | 'aborted';
  readonly limit?: { name: string; max: number; actual?: number; hop?: string };
  readonly retryable: boolean;
}

/** In Node only: a file as a payload. Close it after use. */
export function openFile(path: string | URL): Promise<RandomAccess & { close(): Promise<void> }>;
