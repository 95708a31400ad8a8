/** `crc32c.wat`, assembled (base64); the tests compare them. */
export const MODULE = [
  'AGFzbQEAAAABCAFgA39/fwF/AwIBAAUDAQADBxMCBm1lbW9yeQIABnVwZGF0ZQAACtUCAdICAQV/IAJBEGshAwJAA0AgASADSg0BIAEoAgAgAHMhBCABKAIEIQUgASgCCCEGIAEo',
  'AgwhByAHQRZ2QfwHcSgCACAHQQ52QfwHcSgCgAhzIAdBBnZB/AdxKAKAEHMgB0ECdEH8B3EoAoAYcyAGQRZ2QfwHcSgCgCBzIAZBDnZB/AdxKAKAKHMgBkEGdkH8B3EoAoAwcyAG',
  'QQJ0QfwHcSgCgDhzIAVBFnZB/AdxKAKAQHMgBUEOdkH8B3EoAoBIcyAFQQZ2QfwHcSgCgFBzIAVBAnRB/AdxKAKAWHMgBEEWdkH8B3EoAoBgcyAEQQ52QfwHcSgCgGhzIARBBnZB',
  '/AdxKAKAcHMgBEECdEH8B3EoAoB4cyEAIAFBEGohAQwACwsCQANAIAEgAk4NASAAQQh2IAAgAS0AAHNBAnRB/AdxKAIAcyEAIAFBAWohAQwACwsgAAs=',
].join('');

/**
 * @param {Int32Array[]} tables
 * @returns {{ update(state: number, at: number, end: number): number, memory: WebAssembly.Memory } | null} Null where WebAssembly is
 *   missing or forbidden (by a content security policy, say).
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
