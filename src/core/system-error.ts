import { getSystemErrorMap } from 'node:util';

/** What the operating system answered, in its words and without the name of the call: `no space left on device`. Pure. */
export function systemErrorText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // Node writes `ENOSPC: no space left on device, write '/path'`; from version 24 on some of these have a sentence in that place.
  const words = /^[A-Z][A-Z0-9]+: (.+?), [a-z_]+( '.*)?$/s.exec(thrown.message)?.[1];
  const known = words === undefined ? undefined : getSystemErrorMap().get(errnoOf(thrown))?.[1];
  return known ?? words ?? (thrown.message || codeOf(thrown) || thrown.name);
}

/** As libuv numbers it; 0, which is no error, where there is none. */
function errnoOf(thrown: Error): number {
  return 'errno' in thrown && typeof thrown.errno === 'number' ? thrown.errno : 0;
}

/** `ENOENT` and its kin, from whatever was thrown. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}
