import { readFileSync } from 'node:fs';

/** The version that runs, from the package itself. */
export function readVersion(library) {
  const { name, version } = JSON.parse(readFileSync(new URL('package.json', import.meta.resolve(library)), 'utf8'));
  return { library: `${name} ${version}`, runtime: `node ${process.versions.node}` };
}
