/** What the operating system answered, in its words and without the name of the call: `no space left on device`. Pure. */
export function systemErrorText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // Node writes `ENOSPC: no space left on device, write '/path'`.
  const words = /^[A-Z][A-Z0-9]+: (.+?), [a-z_]+( '.*)?$/s.exec(thrown.message)?.[1];
  return words ?? (thrown.message || codeOf(thrown) || thrown.name);
}

/** `ENOENT` and its kin, from whatever was thrown. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}
