/** Growing waits in milliseconds, each a random part of the longest: many clients of a lost node do not come back all at once. */
export class Backoff {
  #first;
  #cap;
  #random;
  #attempts = 0;

  constructor(first, cap, random = Math.random) {
    this.#first = first;
    this.#cap = cap;
    this.#random = random;
  }

  next() {
    return this.#random() * Math.min(this.#cap, this.#first * 2 ** Math.min(this.#attempts++, 30));
  }

  reset() {
    this.#attempts = 0;
  }
}
