/** Ends a client, proxy or server when its test does, failed or not, so that a failed test does not hang. */
export function keep(t, thing) {
  t.after(() => (thing.close ?? thing.dispose).call(thing));
  return thing;
}
