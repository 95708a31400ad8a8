/** SHA-256 (FIPS 180-4) of bytes that come in pieces: SubtleCrypto takes them only all at once. */
export class Sha256 {
  #state = Int32Array.from(initial);
  #schedule = new Int32Array(64);
  #block = new Uint8Array(64);
  #filled = 0;
  #bytes = 0;

  /** @param {Uint8Array} bytes */
  update(bytes) {
    this.#bytes += bytes.length;
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(64 - this.#filled, bytes.length);
      this.#block.set(bytes.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < 64) {
        return;
      }
      this.#compress(this.#block, 0);
    }
    for (; at + 64 <= bytes.length; at += 64) {
      this.#compress(bytes, at);
    }
    this.#block.set(bytes.subarray(at));
    this.#filled = bytes.length - at;
  }

  /** @returns {string} 64 hex digits. Nothing can be added after it. */
  hex() {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setBigUint64(0, BigInt(this.#bytes) * 8n);
    const padding = new Uint8Array((this.#filled < 56 ? 56 : 120) - this.#filled);
    padding[0] = 0x80;
    this.update(padding);
    this.update(new Uint8Array(bits.buffer));
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #compress(bytes, at) {
    compress(this.#state, this.#schedule, bytes, at);
  }
}

// A function of its own, with whole numbers of 32 bits throughout: that is what makes it fast.
function compress(s, w, bytes, at) {
  for (let i = 0; i < 16; i++, at += 4) {
    w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15];
    const y = w[i - 2];
    const low = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ (x >>> 3);
    const high = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ (y >>> 10);
    w[i] = ((w[i - 16] + low | 0) + w[i - 7] | 0) + high | 0;
  }

  let a = s[0];
  let b = s[1];
  let c = s[2];
  let d = s[3];
  let e = s[4];
  let f = s[5];
  let g = s[6];
  let h = s[7];
  for (let i = 0; i < 64; i++) {
    const mixed = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const one = (((h + mixed | 0) + (g ^ (e & (f ^ g))) | 0) + constants[i] | 0) + w[i] | 0;
    const turned = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const two = turned + ((a & b) | (c & (a | b))) | 0;
    h = g;
    g = f;
    f = e;
    e = d + one | 0;
    d = c;
    c = b;
    b = a;
    a = one + two | 0;
  }
  s[0] += a;
  s[1] += b;
  s[2] += c;
  s[3] += d;
  s[4] += e;
  s[5] += f;
  s[6] += g;
  s[7] += h;
}

// The first 32 bits of the fractions of the square roots (the start) and cube roots (the rounds) of the first primes: exact integer
// roots, so that no table has to be trusted.
const primes = [];
for (let candidate = 2; primes.length < 64; candidate++) {
  if (primes.every((prime) => candidate % prime !== 0)) {
    primes.push(candidate);
  }
}
const initial = primes.slice(0, 8).map((prime) => fractionOfRoot(prime, 2n));
const constants = Int32Array.from(primes, (prime) => fractionOfRoot(prime, 3n));

function fractionOfRoot(prime, degree) {
  const scaled = BigInt(prime) << (32n * degree);
  let root = 0n;
  for (let bit = 1n << 36n; bit > 0n; bit >>= 1n) {
    if ((root + bit) ** degree <= scaled) {
      root += bit;
    }
  }
  return Number(root & 0xffffffffn) | 0;
}
