/** `crc32c.wat`, assembled (base64); the tests compare them. */
export const MODULE = [
  'AGFzbQEAAAABCAFgA39/fwF/AwMCAAAFAwEABQcTAgZtZW1vcnkCAAZ1cGRhdGUAAQrYBALSAgEFfyACQRBrIQMCQANAIAEgA0oNASABKAIAIABzIQQgASgCBCEFIAEoAgghBiABKAIM',
  'IQcgB0EWdkH8B3EoAgAgB0EOdkH8B3EoAoAIcyAHQQZ2QfwHcSgCgBBzIAdBAnRB/AdxKAKAGHMgBkEWdkH8B3EoAoAgcyAGQQ52QfwHcSgCgChzIAZBBnZB/AdxKAKAMHMgBkECdEH8',
  'B3EoAoA4cyAFQRZ2QfwHcSgCgEBzIAVBDnZB/AdxKAKASHMgBUEGdkH8B3EoAoBQcyAFQQJ0QfwHcSgCgFhzIARBFnZB/AdxKAKAYHMgBEEOdkH8B3EoAoBocyAEQQZ2QfwHcSgCgHBz',
  'IARBAnRB/AdxKAKAeHMhACABQRBqIQEMAAsLAkADQCABIAJODQEgAEEIdiAAIAEtAABzQQJ0QfwHcSgCAHMhACABQQFqIQEMAAsLIAALgQIBA38gAiABa0HAyABIBEAgACABIAIQAA8L',
  'QYCACSEDQaCkCSEFIAMgAiABa0FwcUGgJGtqIQQgBSAB/QAEAP0MAAAAAAAAAAAAAAAAAAAAACAA/RwA/VH9CwQAIAFBEGohASADQRBqIQMgBUEQaiEFA0ADQCAFIAH9AAQAIAP9AAQA',
  '/VEgA/0ABIAEIAP9AASwDf1R/VEgA/0ABJAOIAP9AASAEf1R/VH9CwQAIAFBEGohASADQRBqIQMgBUEQaiEFIAMgBEkNAAsgBUHAyBFHBEAgBUEAQaAk/AsAQaCkESEFIARBoCRqIQQM',
  'AQsLQQBBoKQRQcDIERAAIAEgAhAACw==',
].join('');

/**
 * @param {Int32Array[]} tables
 * @returns {{ update(state: number, at: number, end: number): number, memory: WebAssembly.Memory } | null} Null where WebAssembly is
 *   missing (its SIMD, in browsers of before 2023) or forbidden (by a content security policy, say).
 */
export function loadWasm(tables) {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(atob(MODULE), (char) => char.charCodeAt(0))));
    tables.forEach((table, zeros) => new Int32Array(exports.memory.buffer).set(table, zeros * table.length));
    return exports;
  } catch {
    return null;
  }
}
