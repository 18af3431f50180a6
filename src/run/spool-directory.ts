import { tmpdir } from 'node:os';

/** Where an archive waits for slow nodes: /var/tmp, since /tmp is often memory; TMPDIR wins. */
export function spoolDirectory(): string {
  return process.env.TMPDIR === undefined && process.platform !== 'win32' ? '/var/tmp' : tmpdir();
}
