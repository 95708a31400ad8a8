/** Random numbers that can be had again: the seed is REASSEMBLY_SEED, or is printed. */
export const seed = Number(process.env.REASSEMBLY_SEED ?? Math.floor(Math.random() * 2 ** 31));

export function newRandom(start = seed) {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomBytes(length, random = newRandom()) {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) {
    words[i] = random() * 2 ** 32;
  }
  return new Uint8Array(words.buffer, 0, length);
}
