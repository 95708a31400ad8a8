import { cut } from './cutter.js';
import { ReassemblyError } from './errors.js';
import { RangeSet } from './ranges.js';

/** Retryable whatever the server says about them. */
const WORTH_REPEATING = new Set(['CRC_MISMATCH', 'NOT_DURABLE', 'OVERLOADED', 'TOO_MANY_OPEN', 'QUOTA_EXCEEDED']);

/**
 * One message on the sender's side, as a state machine without I/O and clock (times are milliseconds, and come in). Two sets of bytes
 * say it all: what the server `held` for sure, and what is `covered`: held, or sent over this connection and not yet heard of. The
 * next piece is cut from the lowest bytes that are not covered, below the credit. Whatever goes wrong ends the same way: ask `status`,
 * take only what the answer confirms as covered, go on. TCP keeps that answer behind all that was sent before it, so nothing is in
 * doubt then.
 *
 * Phases: `detached` (no connection yet), `must-open` (the server does not know the message), `must-ask` (it may know it), `asked`
 * (nothing is sent until the answer), `backing-off` (it said "later"; then `status`), `flowing`.
 */
export class Upload {
  #id;
  #size;
  #times;
  #backoff;
  #held = new RangeSet();
  #covered = new RangeSet();
  #everSent = new RangeSet();
  #phase = 'detached';
  #link = null;
  #heldIsOfThisConnection = false;
  #heardMeanwhile = false;
  #openUnanswered = false;
  #openInDoubt = false;
  #endTold = false;
  #credit = 0;
  #sequence = 0;
  #until = 0;
  #lastProgress;
  #lastHeard;
  #failure = null;

  /** The outcome, once there is one. */
  outcome = null;
  /** Payload bytes sent, repeats included; how many of them were repeats; in how many chunks. */
  sentBytes = 0;
  resentBytes = 0;
  chunks = 0;
  /** Whether the server may know of this message. */
  mayBeKnown;
  /** The last thing that the server refused. */
  lastError = null;

  /**
   * @param {object} options
   * @param {string} options.id
   * @param {number | null} options.size Where it is known before the first byte is read.
   * @param {boolean} options.mayBeKnown Whether somebody may have begun this message before.
   * @param {{ ackTimeoutMs: number, giveUpAfterMs: number, maxUnackedBytes: number }} options.times
   * @param {{ next(): number, reset(): void }} options.backoff
   * @param {number} options.now
   */
  constructor({ id, size, mayBeKnown, times, backoff, now }) {
    this.#id = id;
    this.#size = size;
    this.#times = times;
    this.#backoff = backoff;
    this.#lastProgress = now;
    this.#lastHeard = now;
    this.mayBeKnown = mayBeKnown;
  }

  /** Every byte below it is durable at the server. */
  get durable() {
    return this.#held.prefix;
  }

  /** Every byte below it was sent at least once. */
  get sentUpTo() {
    return Math.max(this.durable, this.#everSent.end);
  }

  /** Whether every byte sent over this connection is durable: nothing is lost by leaving it. */
  get isQuiet() {
    return this.#phase !== 'asked' && this.#covered.bytes === this.#held.bytes;
  }

  /** When this upload gives up unless something becomes durable. */
  get givesUpAt() {
    return this.#lastProgress + this.#times.giveUpAfterMs;
  }

  /**
   * Goes on over a new connection.
   * @param {{ min: number, max: number, windowBytes: number, idleMs: number }} link What the connection takes.
   */
  attach(link, now) {
    this.#link = link;
    this.#lastHeard = now;
    this.#heldIsOfThisConnection = false;
    this.#openInDoubt ||= this.#openUnanswered;
    this.#openUnanswered = false;
    if (this.mayBeKnown) {
      this.#phase = 'must-ask';
    } else {
      this.#begin();
    }
  }

  /** The limits have changed within the connection. */
  narrow(link) {
    this.#link = link;
  }

  /** @param {boolean} isCurrent Whether it came over the connection attached last. */
  onAck(ack, isCurrent, now) {
    const before = this.#held.bytes;
    const answers = isCurrent && this.#phase === 'asked';
    if (answers && !this.#heldIsOfThisConnection && this.#heardMeanwhile) {
      // While this was asked, a connection that is left said more, and the source may have let go of what that ack covered. Which of
      // the two is newer nobody knows; the next answer is newer than both.
      this.#phase = 'must-ask';
      this.#lastHeard = now;
      return;
    }
    this.#heardMeanwhile ||= !isCurrent && this.#phase === 'asked';
    if (answers && !this.#heldIsOfThisConnection) {
      // Another node, or the same one after a crash: what it says now is what there is.
      this.#held.clear();
      this.#heldIsOfThisConnection = true;
    }

    this.#held.addDurable(ack);
    if (isCurrent) {
      this.#credit = ack.credit;
      this.#openUnanswered = false;
      this.#lastHeard = now;
    }
    if (answers) {
      // Less than before: the message was lost there and begun anew by a late chunk, without what open had said.
      this.#openInDoubt ||= this.#held.bytes < before;
      this.#covered.clear();
      this.#endTold = false;
      this.#phase = this.#openInDoubt ? 'must-open' : 'flowing';
    }
    this.#covered.addAll(this.#held);
    if (this.#held.bytes > before) {
      this.#lastProgress = now;
      this.#backoff.reset();
    }
  }

  onOutcome(outcome) {
    this.outcome ??= outcome;
  }

  /** Something is wrong with this message, or with a frame that may have been one of its own. */
  onError(error, now) {
    this.lastError = error;
    if (error.code === 'UNKNOWN_MESSAGE') {
      if (this.#phase === 'asked') {
        this.#begin();
      }
    } else if (error.retryable || WORTH_REPEATING.has(error.code)) {
      this.#openInDoubt ||= this.#openUnanswered;
      this.#openUnanswered = false;
      if (this.#phase !== 'backing-off') {
        this.#until = now + Math.max(error.retryAfterMs ?? 0, this.#backoff.next());
        this.#phase = 'backing-off';
      }
    } else if (error.id !== undefined) {
      this.#failure ??= ReassemblyError.fromServer(this.#id, error);
    }
  }

  /** A chunk was handed to the connection. */
  onSent({ from, to, last }, now) {
    if (this.#covered.bytes === this.#held.bytes) {
      this.#lastHeard = now;
    }
    this.sentBytes += to - from;
    this.resentBytes += this.#everSent.countWithin(from, to);
    this.chunks++;
    this.#everSent.add(from, to);
    this.#covered.add(from, to);
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#endTold ||= last || this.#size !== null;
    this.mayBeKnown = true;
  }

  /**
   * What to do now: `{ kind: 'finish' | 'open' | 'ask' }`, `{ kind: 'send', from, to, last, sequence }`, `{ kind: 'fail', error }`, or
   * `{ kind: 'wait', until }`: nothing before something happens or that time has come.
   * @param {{ oldest: number, available: number, size: number | null }} source What the source can give right now.
   */
  next(source, now) {
    if (this.outcome !== null) {
      return { kind: 'finish' };
    }
    if (this.#failure !== null) {
      return { kind: 'fail', error: this.#failure };
    }
    if (now >= this.givesUpAt) {
      return { kind: 'fail', error: this.noProgress() };
    }
    switch (this.#phase) {
      case 'must-open':
        this.#phase = 'flowing';
        this.#openInDoubt = false;
        this.#openUnanswered = true;
        this.mayBeKnown = true;
        return { kind: 'open' };
      case 'must-ask':
        return this.#ask(now);
      case 'asked':
      case 'backing-off':
        return now >= this.#until ? this.#ask(now) : { kind: 'wait', until: this.#until };
      case 'flowing':
        return this.#nextPiece(source, now);
      default:
        return { kind: 'wait', until: this.givesUpAt };
    }
  }

  noProgress() {
    const said = this.lastError === null ? '' : `; the server's last word: ${this.lastError.message}`;
    return new ReassemblyError(
      'NO_PROGRESS', `message ${this.#id}: nothing became durable for ${this.#times.giveUpAfterMs / 1000} s, ${this.durable} bytes are${said}`, { id: this.#id });
  }

  #nextPiece(source, now) {
    const { oldest, available, size } = source;
    if (size !== null && this.#held.end > size) {
      return this.#fail('PAYLOAD_MISMATCH', `the server holds bytes of message ${this.#id} up to ${this.#held.end}, this payload has ${size}`);
    }

    const gap = this.#covered.firstGap();
    if (size !== null && gap[0] >= size) {
      // All is there. Where this connection has not said where the end is, an empty last chunk does.
      return this.#endTold ? this.#waitForServer(now) : this.#send(size, size, size);
    }
    if (gap[0] < oldest) {
      return this.#fail('NOT_REPLAYABLE', `message ${this.#id} must go on at byte ${gap[0]}, and its source can go back to byte ${oldest} only`);
    }

    const reach = Math.min(this.#credit, this.durable + this.#times.maxUnackedBytes, available);
    const isOnItsWay = this.#covered.bytes > this.#held.bytes;
    const piece = cut(gap, reach, oldest, size, this.#link, isOnItsWay);
    if (piece !== null) {
      return this.#send(piece[0], piece[1], size);
    }
    return isOnItsWay || this.#credit <= gap[0] ? this.#waitForServer(now) : this.#waitForSource(now);
  }

  #send(from, to, size) {
    return { kind: 'send', from, to, last: to === size, sequence: this.#sequence };
  }

  #fail(code, message) {
    return { kind: 'fail', error: new ReassemblyError(code, message, { id: this.#id }) };
  }

  #waitForServer(now) {
    const until = this.#lastHeard + this.#times.ackTimeoutMs;
    return now >= until ? this.#ask(now) : { kind: 'wait', until };
  }

  // The server has all there is, so its clock must not run out because of a slow source: an open again keeps the message alive.
  #waitForSource(now) {
    this.#lastProgress = now;
    const until = this.#lastHeard + this.#link.idleMs / 3;
    if (now < until) {
      return { kind: 'wait', until };
    }
    this.#lastHeard = now;
    this.mayBeKnown = true;
    return { kind: 'open' };
  }

  #ask(now) {
    this.#phase = 'asked';
    this.#heardMeanwhile = false;
    this.#until = now + this.#times.ackTimeoutMs;
    return { kind: 'ask' };
  }

  #begin() {
    this.#held.clear();
    this.#covered.clear();
    this.#endTold = false;
    this.#credit = this.#link.windowBytes;
    this.#heldIsOfThisConnection = true;
    this.#phase = 'must-open';
  }
}
