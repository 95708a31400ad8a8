/**
 * Everything that this client throws by itself. `code` says what happened: a code of the wire specification (`MESSAGE_TOO_BIG`,
 * `DIGEST_MISMATCH`, …) or one of the client's own: `CONNECTION_FAILED`, `NO_PROGRESS`, `NOT_REPLAYABLE`, `PAYLOAD_MISMATCH`,
 * `MESSAGE_LOST`, `DECOMPRESSED_TOO_BIG`, `REJECTED`, `EXPIRED`, `ABORTED`, `CLOSED`.
 */
export class ReassemblyError extends Error {
  constructor(code, message, { id, state, limit, retryable = false, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ReassemblyError';
    this.code = code;
    this.id = id;
    this.state = state;
    this.limit = limit;
    this.retryable = retryable;
  }

  /** The error that an outcome other than `committed` stands for. */
  static fromOutcome({ id, state, error }) {
    const code = error?.code ?? state.toUpperCase();
    return new ReassemblyError(code, `message ${id} is ${state}${error ? `: ${error.message}` : ''}`, { id, state, limit: error?.limit });
  }

  /** The error that the server's last word on a message stands for. */
  static fromServer(id, { code, message, limit, retryable }) {
    return new ReassemblyError(code, `message ${id}: ${message}`, { id, limit, retryable });
  }
}
